/** Modules whose parameters are about to be overwritten. */
import { checkFunction } from "@tapegrad/core";
import { withoutFilling } from "./init/filling.ts";
import type { AnyModule } from "./module.ts";

/**
 * `new Layer(...args)` without the time that drawing initial values takes, as before a state is loaded: parameters that would be random are 0.
 * `torch.nn.utils.skip_init`.
 *
 * @category Modules
 * @example
 * ```ts
 * import { Linear, skipInit } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = skipInit(Linear, 3, 1, { bias: false });
 * assertEquals(await layer.weight.array(), [[0, 0, 0]]);
 * ```
 */
export function skipInit<Args extends readonly unknown[], M extends AnyModule>(
  Layer: new (...args: Args) => M,
  ...args: Args
): M {
  checkFunction("skipInit", Layer);
  return withoutFilling(() => new Layer(...args));
}
