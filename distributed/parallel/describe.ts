/** What ranks are to have alike of a model. */
import { showShape } from "@tapegrad/core";
import type { AnyModule } from "@tapegrad/nn";

/** Names, shapes and dtypes of parameters and buffers in order. */
export function describe(model: AnyModule): string {
  const all = [...model.namedParameters(), ...model.namedBuffers()];
  return `of ${all.map(([name, { dtype, shape }]) => `${name} ${dtype} ${showShape(shape)}`).join(", ")}`;
}
