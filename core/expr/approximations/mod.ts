/**
 * Scalar functions as expressions of arithmetic, bits and {@link mulAdd}, for backends that have no more: within 2 units
 * in the last place of the value in f32, subnormal numbers included, and 4 in f64, but for 5 of `gelu` next to -√2. They
 * say how a function is computed, not what it is: derivatives are taken of the function, and only where each step is
 * rounded to the dtype do they hold.
 *
 * A backend that uses them has arithmetic, square roots, comparisons, choice, casts and bits of f32, and may have
 * `mulAdd` and `rarely`; in f64 it does well to have `__lowerPower`, `__upperPower`, `__isOdd`, `__negatedIfSecond`,
 * `__negatedBinade` and `__nearOne`, which are an instruction or three on words of 64 bits (parts.ts says which), and are
 * else expanded to scaleByPower and exponentOf. What remains, `__sinFar` and such, is rare and has no approximation: it
 * is called element by element, as `implementationOf` gives it.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { cast } from "../expr.ts";
import type { ScalarFunction } from "../scalar.ts";
import { activations } from "./activation.ts";
import { errors } from "./error.ts";
import { exponentials } from "./exponential.ts";
import { exponentialsSingle } from "./exponential_single.ts";
import { gammas } from "./gamma.ts";
import { inverses, slopes } from "./inverse.ts";
import { logarithms } from "./logarithm.ts";
import { powers } from "./power.ts";
import type { Approximation, ByDtype } from "./precision.ts";
import { exactRemainders, sincs } from "./remainder.ts";
import { sums } from "./sum.ts";
import { trigonometric } from "./trigonometric.ts";

export { mulAdd, rarely } from "./parts.ts";
export type { Approximation } from "./precision.ts";

const families: readonly ByDtype[] = [
  // Before those of both dtypes.
  exponentialsSingle,
  exponentials,
  logarithms,
  trigonometric,
  inverses,
  slopes,
  errors,
  powers,
  sums,
  gammas,
  activations,
  sincs,
  exactRemainders,
];

/**
 * How a function is computed on operands of a dtype in simpler ones, where there is an approximation: f16 in f32, as
 * which its result is left. `expands` of a {@link Knows} may be this.
 *
 * @category Backends
 * @example
 * ```ts
 * import { approximationOf, e, scalarFunctions, topological } from "@tapegrad/core/backend";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const functions = scalarFunctions(), tanh = functions.find(({ name }) => name === "tanh")!;
 * const expr = approximationOf(tanh, "f32")!(e.input(0));
 * assert(topological(expr).every(({ fn }) => fn?.name !== "tanh" && fn?.name !== "exp"));
 * assertEquals(approximationOf(functions.find(({ name }) => name === "add")!, "f32"), undefined);
 * ```
 */
export function approximationOf({ name }: ScalarFunction, dtype: DType): Approximation | undefined {
  if (dtype !== "f16") return dtype === "f32" || dtype === "f64" ? found(name, dtype) : undefined;
  const inSingle = found(name, "f32");
  return inSingle && ((...operands) => inSingle(...operands.map((x) => cast(x, "f32"))));
}

function found(name: string, dtype: "f32" | "f64"): Approximation | undefined {
  return families.find((family) => Object.hasOwn(family[dtype], name))?.[dtype][name];
}
