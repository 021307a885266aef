/** Where in a batch there is NaN. */
import { isFloating, isNaN, noGrad, scope, Tensor } from "@tapegrad/core";

/** As many rows are named. */
const MOST = 5;

/** The first tensor in there that has NaN, by what leads to it, and its rows; null where none has that can be read now. */
export function nanIn(given: unknown, path = ""): string | null {
  if (given instanceof Tensor) return nanInTensor(given, path);
  if (typeof given !== "object" || given === null || ArrayBuffer.isView(given)) return null;
  for (const [key, part] of Object.entries(given)) {
    const found = nanIn(
      part,
      Array.isArray(given) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`,
    );
    if (found !== null) return found;
  }
  return null;
}

function nanInTensor(x: Tensor, path: string): string | null {
  if (x.size === 0 || !x.backend.synchronous || !isFloating(x.dtype)) return null;
  const marks = scope(() =>
    noGrad(() => isNaN(x).reshape([x.rank === 0 ? 1 : x.shape[0], -1]).any(1).dataSync())
  );
  const rows = Array.from(marks, (mark, row) => mark ? row : -1).filter((row) => row >= 0);
  if (rows.length === 0) return null;
  if (x.rank === 0) return `${path} is NaN`;
  const more = rows.length > MOST ? ` and ${rows.length - MOST} more` : "";
  return `${path} has NaN in row${rows.length > 1 ? "s" : ""} ${rows.slice(0, MOST).join(", ")}${more}`;
}
