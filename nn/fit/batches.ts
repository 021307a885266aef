/** What an epoch goes through, and what a model and a loss take of each batch of it. */
import { checkFunction, described, Tensor } from "@tapegrad/core";
import { Dataset } from "../data/dataset.ts";
import { DataLoader } from "../data/loader.ts";
import { TensorDataset } from "../data/tensor_dataset.ts";
import { Module } from "../module.ts";

/**
 * What gives batches whenever it is iterated: a {@link DataLoader}, an array of batches, or the like.
 *
 * @category Training
 */
export type Batches<B> = Iterable<B> | AsyncIterable<B>;

/**
 * What a model and a loss take of a batch.
 *
 * @category Training
 */
export interface BatchParts<Target = Tensor> {
  /** The arguments of the model. */
  readonly inputs: readonly unknown[];
  /** What the loss and metrics compare its output with. */
  readonly target: Target;
  /** How many samples there are; the first extent of the target, or of the first input, unless said. */
  readonly size?: number;
}

/**
 * Takes a batch apart. Without one the last tensor of a batch is its target, and those before it are the inputs.
 *
 * @category Training
 */
export type Unpack<B, Target> = (batch: B) => BatchParts<Target>;

/** A batch that was taken apart. */
export type Unpacked<Target> = Required<BatchParts<Target>>;

/** Refuses what cannot be iterated batch by batch. */
export function checkBatches(asked: string, loader: unknown): void {
  if (loader instanceof Dataset) {
    throw new TypeError(
      `Cannot ${asked} a ${loader.constructor.name}, which gives one sample at a time: make a DataLoader of it`,
    );
  }
  if (loader instanceof Tensor) {
    throw new TypeError(`Cannot ${asked} a Tensor, whose rows are no batches: pass [x], or a DataLoader`);
  }
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(loader);
  if (typeof loader === "object" && [sync, async].some((method) => typeof method === "function")) return;
  throw new TypeError(
    `Cannot ${asked} ${described(loader)}: a DataLoader, or what else gives batches, is needed`,
  );
}

/** How many batches there are, where that is known. */
export function countOf(loader: unknown): number | null {
  if (loader instanceof DataLoader && !loader.hasLength) return null;
  const { length } = Object(loader);
  return Number.isInteger(length) ? length : null;
}

/** Begins an epoch. What may have to be waited for is, unless it is plain that it need not be. */
export function begin<B>(loader: Batches<B>): Iterator<B> | AsyncIterator<B> {
  const waits = Symbol.asyncIterator in loader && !isAtHand(loader);
  return waits ? loader[Symbol.asyncIterator]() : (loader as Iterable<B>)[Symbol.iterator]();
}

function isAtHand(loader: object): boolean {
  return loader instanceof DataLoader && loader.prefetch === 0 && loader.dataset instanceof TensorDataset;
}

/** The inputs, the target and how many samples they are. */
export function unpacked<B, Target>(
  asked: string,
  batch: B,
  unpack: Unpack<B, Target> | undefined,
): Unpacked<Target> {
  const parts = unpack ? unpack(batch) : standard<Target>(asked, batch);
  const { inputs, target } = Object(parts);
  if (!Array.isArray(inputs)) {
    throw new TypeError(
      `Cannot ${asked} batches of which unpack makes ${
        described(parts)
      }: inputs, a list, and target are needed`,
    );
  }
  return { inputs, target, size: parts.size ?? sizeOf(asked, target, ...inputs) };
}

/** What a model takes of a batch whose target is not asked for. */
export function inputsOf<B>(
  asked: string,
  batch: B,
  unpack: Unpack<B, unknown> | undefined,
): readonly unknown[] {
  if (unpack) return unpacked(asked, batch, unpack).inputs;
  if (batch instanceof Tensor) return [batch];
  if (isList(batch) && batch.length === 1) return batch;
  return standard(asked, batch).inputs;
}

function standard<Target>(asked: string, batch: unknown): BatchParts<Target> {
  if (isList(batch) && batch.length > 1) {
    return { inputs: batch.slice(0, -1), target: batch.at(-1) as Target };
  }
  const found = isList(batch) ? `lists of ${batch.length}` : described(batch);
  throw new TypeError(
    `Cannot ${asked} batches that are ${found}: inputs and a target are needed, or unpack, which tells them apart`,
  );
}

function isList(batch: unknown): batch is readonly unknown[] {
  return Array.isArray(batch);
}

function sizeOf(asked: string, ...things: readonly unknown[]): number {
  const found = things.find((thing) => thing instanceof Tensor && thing.rank > 0);
  if (found instanceof Tensor) return found.shape[0];
  throw new TypeError(`Cannot ${asked} batches without samples along a first axis: give unpack a size`);
}

/**
 * What gives the loss of an output and a target: a function, or a module as {@link MSELoss}.
 *
 * @category Training
 */
export type LossFunction<Output = Tensor, Target = Tensor> =
  | ((output: Output, target: Target) => Tensor)
  | { forward(output: Output, target: Target): Tensor };

/** The loss as a function that refuses what is no scalar. */
export function lossFunction<Output, Target>(
  asked: string,
  loss: LossFunction<Output, Target>,
): (output: Output, target: Target) => Tensor {
  if (typeof loss === "function" && loss.prototype instanceof Module) {
    throw new TypeError(
      `Cannot ${asked} by the loss ${loss.name}, which is a class: pass new ${loss.name}()`,
    );
  }
  const compute = typeof loss === "function" ? loss : loss?.forward?.bind(loss);
  if (compute === undefined) checkFunction(`${asked} by the loss`, loss);
  return (output, target) => {
    const value = compute(output, target);
    if (value instanceof Tensor && value.size === 1) return value.rank === 0 ? value : value.reshape([]);
    const found = value instanceof Tensor ? `a tensor of ${value.size} elements` : described(value);
    throw new TypeError(`Cannot ${asked} by a loss that is ${found}: one number is needed, as its mean is`);
  };
}
