/** Data sets, and batches of them. */
import {
  Changing,
  checkFunction,
  checkOptions,
  checkSetting,
  checkTensor,
  concat,
  described,
  drawKey,
  indexSelect,
  keep,
  type Key,
  keyTensor,
  type KeyWords,
  narrow,
  nextKey,
  permutation,
  scope,
  ShapeError,
  showShape,
  Tensor,
} from "@tapegrad/core";
import type { Module } from "./module.ts";

/**
 * Samples: tensors of one first extent, of which the i-th rows belong together. No tensors, a scalar
 * among them or extents that differ are a {@link ShapeError}.
 *
 * @category Data
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Dataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new Dataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]));
 * const [x, y] = data.get(1);
 * assertEquals(data.length, 2);
 * assertEquals([await x.array(), await y.item()], [[3, 4], 1]);
 * ```
 */
export class Dataset {
  /** All samples of each tensor; by convention the inputs come first and the targets last. */
  readonly tensors: readonly Tensor[];
  /** How many samples. */
  readonly length: number;

  /** The samples in these tensors, which are not copied. */
  constructor(...tensors: readonly Tensor[]) {
    checkExtents(tensors);
    this.tensors = tensors;
    this.length = tensors[0].shape[0];
  }

  /** Sample `i`, a view of each tensor; negative positions count from the end, others are an {@link IndexError}. */
  get(i: number): Tensor[] {
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

  /** Each sample in turn. */
  *[Symbol.iterator](): IterableIterator<Tensor[]> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }
}

function checkDataset(asked: string, data: unknown): void {
  if (data instanceof Dataset) return;
  throw new TypeError(`Cannot ${asked} ${described(data)}: make a Dataset of tensors first`);
}

function checkExtents(tensors: readonly Tensor[]): void {
  const stray = tensors.find((tensor: unknown) => !(tensor instanceof Tensor));
  if (stray !== undefined || tensors.includes(undefined as never)) {
    throw new TypeError("Cannot make a dataset of anything but tensors: make them with tensor()");
  }
  const shapes = tensors.map((tensor) => tensor.shape);
  const shown = shapes.map(showShape).join(" and ");
  const fail = (why: string) => {
    throw new ShapeError(`Cannot make a dataset of ${shown || "nothing"}: ${why}`, { op: "Dataset", shapes });
  };
  if (shapes.length === 0) fail("pass the inputs and the targets");
  if (shapes.some((shape) => shape.length === 0)) fail("a scalar has no samples, their axis is the first");
  if (shapes.some(([n]) => n !== shapes[0][0])) {
    fail(`the first extents are ${shapes.map(([n]) => n).join(" and ")}, they must be equal`);
  }
}

function sequenceFrom(key: Key): Changing<KeyWords> | Tensor {
  return key instanceof Tensor ? keyTensor(key) : new Changing(key);
}

/**
 * What {@link DataLoader} may be told.
 *
 * @category Data
 */
export interface DataLoaderOptions {
  /** Samples in a batch; 1 unless said. */
  readonly batchSize?: number;
  /** Whether each epoch takes the samples in a new random order; it does not unless said. */
  readonly shuffle?: boolean;
  /** Where the orders come from; a key of the global sequence unless said. */
  readonly key?: Key;
  /** Whether a last batch that is not full is left out; it is not unless said. */
  readonly dropLast?: boolean;
}

/**
 * A data set in batches; each iteration is one epoch. Batches in order are views of the data, shuffled
 * ones are copies. Two loaders with one key give the same orders, epoch by epoch. A `batchSize` that is
 * no integer from 1 is a `RangeError`.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { DataLoader, Dataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new Dataset(arange(5), arange(5).mul(10));
 * const loader = new DataLoader(data, { batchSize: 2, shuffle: true, key: key(1) });
 * const seen: number[] = [];
 * for (const [x, y] of loader) {
 *   assertEquals(y.arraySync(), x.mul(10).arraySync());
 *   seen.push(...x.dataSync());
 * }
 * assertEquals(loader.length, 3);
 * assertEquals(seen.sort(), [0, 1, 2, 3, 4]);
 * ```
 */
export class DataLoader {
  /** The data. */
  readonly dataset: Dataset;
  /** Samples in a full batch. */
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean;
  readonly #keys: Changing<KeyWords> | Tensor | null;
  readonly #epoch = new Changing(0);

  /** Batches of `dataset`. */
  constructor(dataset: Dataset, options: DataLoaderOptions = {}) {
    checkDataset("load", dataset);
    checkOptions("load data", options, { batchSize: 1, shuffle: false, dropLast: false, key: null });
    const { batchSize = 1, shuffle = false, dropLast = false, key } = options;
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new RangeError(`Cannot make batches of ${batchSize}: an integer from 1 is needed`);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.#keys = shuffle ? sequenceFrom(key ?? nextKey()) : null;
  }

  /** How many batches an epoch has. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** How many epochs have been begun. */
  get epoch(): number {
    return this.#epoch.value;
  }

  /** The batches of the next epoch: for each, the samples in it of every tensor of the data. */
  *[Symbol.iterator](): Generator<Tensor[], void, undefined> {
    const order = this.#nextOrder();
    try {
      for (let i = 0; i < this.length; i++) yield this.#batch(i * this.batchSize, order);
    } finally {
      order?.dispose();
    }
  }

  // Kept, since a scope may end between two batches.
  #nextOrder(): Tensor | null {
    this.#epoch.value++;
    if (this.#keys === null) return null;
    const key = drawKey(this.#keys);
    const { length, tensors: [{ backend }] } = this.dataset;
    return scope(() => keep(permutation(length, { key, backend })));
  }

  #batch(start: number, order: Tensor | null): Tensor[] {
    const count = Math.min(this.batchSize, this.dataset.length - start);
    return order ? this.dataset.select(narrow(order, 0, start, count)) : this.dataset.range(start, count);
  }
}

/**
 * What a model makes of the inputs of a data set, which are its first tensor: `[length, …]`, recorded
 * on the tape as any other call. With `batchSize` it is computed in batches, which holds less memory
 * at a time where no gradients are recorded.
 *
 * @category Data
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Dataset, forwardDataset, Linear, MSELoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new Linear(2, 1), data = new Dataset(zeros([4, 2]), zeros([4, 1]));
 * const prediction = forwardDataset(model, data);
 * const loss = new MSELoss().forward(prediction, data.tensors[1]);
 * assertEquals([prediction.shape, loss.shape], [[4, 1], []]);
 * ```
 */
export function forwardDataset(
  model: Module,
  dataset: Dataset,
  options: { readonly batchSize?: number } = {},
): Tensor {
  checkFunction("pass a dataset forward through a model whose forward is", model?.forward);
  checkDataset("pass forward", dataset);
  checkOptions("pass a dataset forward", options, { batchSize: 1 });
  const { batchSize = dataset.length } = options;
  if (batchSize >= dataset.length) return model.forward(dataset.tensors[0]);
  const loader = new DataLoader(dataset, { batchSize });
  return concat([...loader].map(([x]) => model.forward(x)));
}
