/** Making tensors by counting: ranges and identities. */
import { checkDtype, hostArray } from "../base/dtype.ts";
import { checkNumber } from "../base/integers.ts";
import { checkOptions } from "../base/settings.ts";
import { checkShape, isCount } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { registerFunctions } from "../call/catalog.ts";
import { defaultDtype } from "../device/context.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { CreationOptions } from "./creation.ts";
import { creating, placed, storing } from "./host_elements.ts";
import { reshape } from "./shape.ts";

/**
 * What {@link arange} may be told.
 *
 * @category Creation
 */
export interface ArangeOptions extends CreationOptions {
  /** The distance of two numbers; 1 unless said. */
  readonly step?: number;
}

/**
 * `start`, `start + step`, … up to but not including `end`, as a vector; with one number, from 0. The step, 1
 * unless said, may come third or among the options. The default dtype unless said. A bound that is not finite or
 * a step of 0 is a RangeError.
 *
 * @category Creation
 * @example
 * ```ts
 * import { arange } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(await arange(3, { dtype: "i32" }).array(), [0, 1, 2]);
 * assertEquals(await arange(0, 10, 4).array(), [0, 4, 8]);
 * assertEquals(await arange(5, 0, { step: -2, dtype: "i32" }).array(), [5, 3, 1]);
 * assertThrows(() => arange(0, 1, 0), RangeError);
 * ```
 */
export function arange(
  start: number,
  end?: number | ArangeOptions,
  step: number | ArangeOptions = {},
  options: CreationOptions = {},
): Tensor {
  if (typeof end === "object") return arange(0, start, end);
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const { step: by = 1, ...rest } = settings("make a range", "step", step, options);
  if (!(Number.isFinite(from) && Number.isFinite(to) && Number.isFinite(by) && by !== 0)) {
    throw new RangeError(
      `Cannot make a range from ${described(from)} to ${described(to)} by ${described(by)}: ` +
        "finite bounds and a step other than 0 are needed",
    );
  }
  return fromFunction(Math.max(0, Math.ceil((to - from) / by)), (i) => from + i * by, rest);
}

/**
 * A vector of `count` numbers from `start` to `end`, both included and exact, at equal distances; the count may
 * come third or among the options. One that is no integer from 0 is a RangeError.
 *
 * @category Creation
 * @example
 * ```ts
 * import { linspace } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await linspace(0, 1, 5).array(), [0, 0.25, 0.5, 0.75, 1]);
 * assertEquals(await linspace(2, 9, { count: 1, dtype: "i32" }).array(), [2]);
 * ```
 */
export function linspace(
  start: number,
  end: number,
  count: number | CreationOptions & { readonly count: number },
  options: CreationOptions = {},
): Tensor {
  const from = checkNumber("make numbers from", start), to = checkNumber("make numbers up to", end);
  const { count: n, ...rest } = settings("make numbers", "count", count, options);
  if (!isCount(n)) {
    throw new RangeError(
      `Cannot make ${described(n)} numbers from ${from} to ${to}: the count is an integer from 0`,
    );
  }
  const step = n > 1 ? (to - from) / (n - 1) : 0;
  // From the nearer end, so that both ends are exact.
  return fromFunction(n, (i) => i < n / 2 ? from + i * step : to - (n - 1 - i) * step, rest);
}

// A number that stands before the options, or is one of them.
function settings<K extends string>(
  asked: string,
  name: K,
  given: number | undefined | CreationOptions & { readonly [N in K]?: number },
  options: CreationOptions,
): CreationOptions & { readonly [N in K]?: number } {
  const all = { ...options, ...typeof given === "number" ? { [name]: given } : given };
  for (const some of [options, typeof given === "number" ? undefined : given, all]) {
    checkOptions(asked, some, { [name]: 1, ...creating });
  }
  return all as CreationOptions & { readonly [N in K]?: number };
}

/**
 * The identity matrix of n rows and m (or n) columns: 1 on the main diagonal, 0 beside it. A count that is
 * no integer from 0 is a {@link ShapeError}.
 *
 * @category Creation
 * @example
 * ```ts
 * import { eye, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await eye(2, 3).array(), [[1, 0, 0], [0, 1, 0]]);
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await x.matmul(eye(2)).array(), await x.array());
 * ```
 */
export function eye(n: number, m: number = n, options: CreationOptions = {}): Tensor {
  const shape = checkShape("make an identity of", [n, m]);
  checkOptions("make an identity", options, creating);
  return reshape(fromFunction(n * m, (i) => Number(Math.floor(i / m) === i % m), options), shape);
}

function fromFunction(length: number, value: (i: number) => number, options: CreationOptions): Tensor {
  const dtype = checkDtype(options.dtype ?? defaultDtype()), elements = hostArray(dtype, length);
  const put = storing("make a tensor with", dtype, elements);
  for (let i = 0; i < length; i++) put(i, value(i));
  return placed(elements, [length], { ...options, dtype });
}

registerFunctions({ arange: 0, linspace: 0, eye: 0 }, { differentiable: false });
