/** Elements chosen by their values, of which only the device knows how many there are. */
import { dtypes } from "../base/dtype.ts";
import { broadcastShapes, sizeOf } from "../base/shape.ts";
import { registerFunctions } from "../call/catalog.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { floorDivide, remainder } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { less, notEqual } from "./comparison.ts";
import { to } from "./convert.ts";
import { atOnce, type Counted, settled, type SizeOptions, truePlaces } from "./counted.ts";
import { gather } from "./indexing.ts";
import { stack } from "./joining.ts";
import { maximum } from "./magnitude.ts";
import { expand, reshape } from "./shape.ts";

// The elements at places, of which those below 0 are none.
function filledAt(x: Tensor, places: Tensor, fill: number): Tensor {
  if (x.size === 0) return filled(fill, places.shape, x);
  return where(less(places, 0), fill, gather(x, 0, maximum(places, 0)));
}

function trueRows(op: string, x: Tensor): Counted<Tensor> {
  checkTensor(op, x);
  const { count, finish } = truePlaces(reshape(notEqual(x, 0), [-1]));
  return {
    count,
    finish(size, fill): Tensor {
      if (x.rank === 0) return filled(fill, [size, 0], count);
      const places = finish(size, -1);
      const axes = x.shape.map((n, i) => remainder(floorDivide(places, sizeOf(x.shape.slice(i + 1))), n));
      return stack(axes.map((at) => where(less(places, 0), fill, at)), 1);
    },
  };
}

/**
 * Where x is not 0, in order: the indices of each such element, a row of i32 an element, awaited since only the device
 * knows how many there are. Of a `size` that is given it is there at once, filled up with -1. It is `torch.nonzero` and
 * `torch.argwhere`, and with `unbind(1)` `torch.where` of a condition alone.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { nonzero, nonzeroSync, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[0, 5], [7, 0]], { backend: "cpu" });
 * assertEquals(await (await nonzero(x)).array(), [[0, 1], [1, 0]]);
 * assertEquals(await nonzero(x, { size: 3 }).array(), [[0, 1], [1, 0], [-1, -1]]);
 * assertEquals(nonzeroSync(x.flatten()).arraySync(), [[1], [2]]);
 * ```
 */
export function nonzero(x: Tensor): Promise<Tensor>;
/**
 * The same of a size, at once.
 *
 * @category Indexing
 */
export function nonzero(x: Tensor, options: SizeOptions): Tensor;
export function nonzero(x: Tensor, options?: SizeOptions): Tensor | Promise<Tensor> {
  return settled("nonzero", trueRows("nonzero", x), options, -1);
}

/**
 * {@link nonzero} at once, on backends that are read at once; on others a {@link BackendError}.
 *
 * @category Indexing
 */
export function nonzeroSync(x: Tensor): Tensor {
  return atOnce(trueRows("nonzeroSync", x), -1);
}

function selected(op: string, given: Tensor, by: Tensor): Counted<Tensor> {
  checkTensor(op, given);
  checkTensor(`${op} by the mask`, by);
  const shape = broadcastShapes(op, [given.shape, by.shape]);
  const [x, mask] = [given, to(by, "bool")].map((part) => reshape(expand(part, shape), [-1]));
  const { count, finish } = truePlaces(mask);
  return { count, finish: (size, fill) => filledAt(x, finish(size, -1), fill) };
}

/**
 * The elements of x where a mask is true, which broadcasts with it, as a vector that is awaited, since only the device
 * knows how many there are. Of a `size` that is given it is there at once, filled up with 0. It is
 * `torch.masked_select`.
 *
 * @category Indexing
 * @example
 * ```ts
 * import { maskedSelect, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 2], [3, 4]]), mask = x.greater(1);
 * assertEquals(await (await maskedSelect(x, mask)).array(), [2, 3, 4]);
 * maskedSelect(x, mask, { size: 2 }).sum().backward();
 * assertEquals(await x.grad!.array(), [[0, 1], [1, 0]]);
 * ```
 */
export function maskedSelect(x: Tensor, mask: Tensor): Promise<Tensor>;
/**
 * The same of a size, at once.
 *
 * @category Indexing
 */
export function maskedSelect(x: Tensor, mask: Tensor, options: SizeOptions): Tensor;
export function maskedSelect(x: Tensor, mask: Tensor, options?: SizeOptions): Tensor | Promise<Tensor> {
  return settled("maskedSelect", selected("maskedSelect", x, mask), options, 0);
}

/**
 * {@link maskedSelect} at once, on backends that are read at once; on others a {@link BackendError}.
 *
 * @category Indexing
 */
export function maskedSelectSync(x: Tensor, mask: Tensor): Tensor {
  return atOnce(selected("maskedSelectSync", x, mask), 0);
}

registerFunctions({ nonzero: 1, nonzeroSync: 1 }, { dtypes, differentiable: false });
registerFunctions({ maskedSelect: 2, maskedSelectSync: 2 }, { dtypes });
