/** Heads of attention. */
import { checkShape, ShapeError } from "@tapegrad/core";

/** Refuses features and heads that are no counts, or of which the one does not divide the other. */
export function checkHeads(layer: string, features: number, heads: number): void {
  checkShape(`make a ${layer} of`, [features, heads]);
  if (heads > 0 && features % heads === 0) return;
  throw new ShapeError(
    `Cannot make a ${layer} of ${features} features: ${heads} heads cannot share them, the one must divide the other`,
    { op: layer },
  );
}
