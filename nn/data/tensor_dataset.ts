/** Data sets of tensors. */
import {
  checkSetting,
  checkTensor,
  concat,
  indexSelect,
  narrow,
  ShapeError,
  showShape,
  Tensor,
  tensor,
} from "@tapegrad/core";
import { checkIndices, Dataset, type Samples } from "./dataset.ts";

/**
 * Samples in tensors of one first extent, of which the i-th rows belong together, `torch.utils.data.TensorDataset`.
 * No tensors, a scalar among them or extents that differ are a {@link ShapeError}.
 *
 * @category Data
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]));
 * const [x, y] = data.get(1);
 * assertEquals(data.length, 2);
 * assertEquals([await x.array(), await y.item()], [[3, 4], 1]);
 * ```
 */
export class TensorDataset extends Dataset<Tensor[]> {
  /** All samples of each tensor; by convention the inputs come first and the targets last. */
  readonly tensors: readonly Tensor[];
  /** How many samples. */
  override readonly length: number;

  /** The samples in these tensors, which are not copied. */
  constructor(...tensors: readonly Tensor[]) {
    super();
    checkExtents(tensors);
    this.tensors = tensors;
    this.length = tensors[0].shape[0];
  }

  /** Sample `i`, a view of each tensor; negative positions count from the end, others are an {@link IndexError}. */
  override get(i: number): Tensor[] {
    checkSetting("take the sample of a dataset", "position", i);
    return this.tensors.map((tensor) => tensor.slice(i));
  }

  /** `count` samples from `start`, as views. */
  range(start: number, count: number): Tensor[] {
    return this.tensors.map((tensor) => narrow(tensor, 0, start, count));
  }

  /** The samples that a vector of indices names, copied in its order. */
  select(index: Tensor): Tensor[] {
    checkTensor("select samples by", index);
    return this.tensors.map((tensor) => indexSelect(tensor, 0, index.to(tensor.backend.name)));
  }

  /** The samples at positions, copied in their order; one that is not there is an {@link IndexError}. */
  override subset(indices: ArrayLike<number>): TensorDataset {
    const index = tensor(checkIndices(indices, this.length), { backend: this.tensors[0].backend });
    const part = new TensorDataset(...this.select(index));
    index.dispose();
    return part;
  }

  /** Those samples of which `keeps` says true, copied; see {@link Dataset.filter}. */
  override filter(keeps: (sample: Tensor[], i: number) => boolean): TensorDataset;
  /** A promise of those of which `keeps` says so later. */
  override filter(keeps: (sample: Tensor[], i: number) => Promise<boolean>): Promise<TensorDataset>;
  override filter(keeps: (sample: Tensor[], i: number) => never): unknown {
    return super.filter(keeps);
  }

  /** These samples and then those of others, copied where all are of as many tensors. */
  override concat(...others: readonly TensorDataset[]): TensorDataset;
  /** These samples and then those of others. */
  override concat(...others: readonly (Samples<Tensor[]> | readonly Tensor[][])[]): Dataset<Tensor[]>;
  override concat(...others: readonly (Samples<Tensor[]> | readonly Tensor[][])[]): Dataset<Tensor[]> {
    const count = this.tensors.length;
    const areLike = (all: readonly unknown[]): all is readonly TensorDataset[] =>
      all.every((each) => each instanceof TensorDataset && each.tensors.length === count);
    if (!areLike(others)) return super.concat(...others);
    return new TensorDataset(
      ...this.tensors.map((tensor, i) => concat([tensor, ...others.map(({ tensors }) => tensors[i])])),
    );
  }
}

function checkExtents(tensors: readonly Tensor[]): void {
  const stray = tensors.find((tensor: unknown) => !(tensor instanceof Tensor));
  if (stray !== undefined || tensors.includes(undefined as never)) {
    throw new TypeError("Cannot make a dataset of anything but tensors: make them with tensor()");
  }
  const shapes = tensors.map((tensor) => tensor.shape);
  const shown = shapes.map(showShape).join(" and ");
  const fail = (why: string) => {
    throw new ShapeError(`Cannot make a dataset of ${shown || "nothing"}: ${why}`, {
      op: "TensorDataset",
      shapes,
    });
  };
  if (shapes.length === 0) fail("pass the inputs and the targets");
  if (shapes.some((shape) => shape.length === 0)) fail("a scalar has no samples, their axis is the first");
  if (shapes.some(([n]) => n !== shapes[0][0])) {
    fail(`the first extents are ${shapes.map(([n]) => n).join(" and ")}, they must be equal`);
  }
}
