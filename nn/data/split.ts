/** Data sets in parts. */
import { checkOptions, described, type Key, nextKey, Tensor } from "@tapegrad/core";
import { Dataset, type Samples } from "./dataset.ts";
import { hostPermutation } from "./host_order.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/**
 * What {@link randomSplit} may be told.
 *
 * @category Data
 */
export interface SplitOptions {
  /** Where the order comes from; a key of the global sequence unless said. */
  readonly key?: Key;
}

/**
 * What {@link stratifiedSplit} may be told.
 *
 * @category Data
 */
export interface StratifiedSplitOptions<S> extends SplitOptions {
  /**
   * The class of each sample: a list, a tensor, or a function of the sample; the last tensor of a
   * {@link TensorDataset} unless said.
   */
  readonly labels?: ArrayLike<unknown> | Tensor | ((sample: S, i: number) => unknown);
}

/**
 * A data set in parts at random, `torch.utils.data.random_split`: as many samples as the sizes say, whose sum is the
 * length, or as fractions say, whose sum is 1; what rounding leaves over goes to the first parts, one each. Parts of a
 * {@link TensorDataset} are such, and copies.
 *
 * @category Data
 * @example
 * ```ts
 * import { arange, key } from "@tapegrad/core";
 * import { randomSplit, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [train, held] = randomSplit(new TensorDataset(arange(10)), [0.8, 0.2], { key: key(1) });
 * assertEquals([train.length, held.length], [8, 2]);
 * const all = [...train.tensors[0].dataSync(), ...held.tensors[0].dataSync()];
 * assertEquals(all.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
 * ```
 */
export function randomSplit(
  dataset: TensorDataset,
  parts: readonly number[],
  options?: SplitOptions,
): TensorDataset[];
/**
 * Any data set in parts at random, as subsets.
 *
 * @category Data
 */
export function randomSplit<S>(
  dataset: Samples<S> | readonly S[],
  parts: readonly number[],
  options?: SplitOptions,
): Dataset<S>[];
export function randomSplit<S>(
  dataset: Samples<S> | readonly S[],
  parts: readonly number[],
  options: SplitOptions = {},
): Dataset<S>[] {
  const data = Dataset.from(dataset);
  checkOptions("split a dataset", options, { key: null });
  const sizes = sizesOf(parts, data.length), order = orderOf(data.length, options);
  let at = 0;
  return sizes.map((size) => data.subset(order.slice(at, at += size)));
}

/**
 * A data set in parts at random, in each of which classes are as frequent as in the whole: {@link randomSplit} with
 * scikit-learn's `stratify`. A class of fewer samples than there are parts is a `RangeError`.
 *
 * @category Data
 * @example
 * ```ts
 * import { key, tensor, zeros } from "@tapegrad/core";
 * import { stratifiedSplit, TensorDataset } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorDataset(zeros([8, 2]), tensor([0, 0, 1, 0, 0, 1, 0, 0], { dtype: "i32" }));
 * const [train, held] = stratifiedSplit(data, [0.5, 0.5], { key: key(1) });
 * assertEquals([await train.tensors[1].sum().item(), await held.tensors[1].sum().item()], [1, 1]);
 * ```
 */
export function stratifiedSplit(
  dataset: TensorDataset,
  parts: readonly number[],
  options?: StratifiedSplitOptions<Tensor[]>,
): TensorDataset[];
/**
 * Any data set in parts at random, in each of which classes are as frequent as in the whole, as subsets.
 *
 * @category Data
 */
export function stratifiedSplit<S>(
  dataset: Samples<S> | readonly S[],
  parts: readonly number[],
  options: StratifiedSplitOptions<S>,
): Dataset<S>[];
export function stratifiedSplit<S>(
  dataset: Samples<S> | readonly S[],
  parts: readonly number[],
  options: StratifiedSplitOptions<S> = {},
): Dataset<S>[] {
  const data = Dataset.from(dataset);
  checkOptions("split a dataset", options, { key: null, labels: null });
  const sizes = sizesOf(parts, data.length), labels = labelsOf(data, options.labels);
  const order = orderOf(data.length, options), parted = sizes.map((): number[] => []);
  const byClass = new Map<unknown, number[]>();
  for (const i of order) byClass.set(labels[i], byClass.get(labels[i]) ?? []).get(labels[i])!.push(i);
  checkClasses(byClass, sizes.filter((size) => size > 0).length);
  const places = [...byClass.keys()].sort(byText).flatMap((label) => byClass.get(label)!);
  const partOf = new Uint32Array(data.length);
  spread(sizes).forEach((part, i) => partOf[places[i]] = part);
  for (const i of order) parted[partOf[i]].push(i);
  return parted.map((indices) => data.subset(indices));
}

function orderOf(length: number, { key }: SplitOptions): number[] {
  return Array.from(hostPermutation(length, key ?? nextKey()));
}

function sizesOf(parts: readonly number[], length: number): number[] {
  const shown = Array.isArray(parts) ? `[${parts.map(described).join(", ")}]` : described(parts);
  const refuse = (why: string) => {
    throw new RangeError(`Cannot split a dataset of ${length} into ${shown}: ${why}`);
  };
  const isPart = (part: unknown): boolean => typeof part === "number" && part >= 0 && part <= length;
  if (!Array.isArray(parts) || !(parts.every(isPart) || parts.every((part) => part >= 0 && part <= 1))) {
    return refuse("a list of sizes or of fractions is needed");
  }
  const sum = parts.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) < 1e-9) return fromFractions(parts, length);
  if (!parts.every(Number.isInteger)) return refuse(`the fractions sum to ${sum}, they must to 1`);
  if (sum !== length) return refuse(`the sizes sum to ${sum}, they must to ${length}`);
  return [...parts];
}

function fromFractions(fractions: readonly number[], length: number): number[] {
  const sizes = fractions.map((fraction) => Math.floor(fraction * length));
  const left = length - sizes.reduce((a, b) => a + b, 0);
  for (let i = 0; i < left; i++) sizes[i % sizes.length]++;
  return sizes;
}

function labelsOf<S>(data: Dataset<S>, labels: StratifiedSplitOptions<S>["labels"]): ArrayLike<unknown> {
  const given = labels ?? (data instanceof TensorDataset ? data.tensors.at(-1)! : undefined);
  const found = typeof given === "function" ? Array.from(data, given) : elements(given);
  if (found?.length === data.length) return found;
  const what = Number.isInteger(found?.length) ? `${found!.length} labels` : `labels ${described(labels)}`;
  throw new RangeError(
    `Cannot stratify a dataset of ${data.length} by ${what}: a list, a tensor or a function is needed, of one for each sample`,
  );
}

function elements(labels: ArrayLike<unknown> | Tensor | undefined): ArrayLike<unknown> | undefined {
  if (!(labels instanceof Tensor)) return labels;
  if (labels.shape.length === 1) return labels.dataSync();
  throw new RangeError(
    `Cannot stratify a dataset by labels of [${labels.shape.join(", ")}]: pass one for each sample`,
  );
}

function checkClasses(byClass: ReadonlyMap<unknown, readonly number[]>, parts: number): void {
  for (const [label, { length }] of byClass) {
    if (length >= parts) continue;
    throw new RangeError(
      `Cannot stratify by the class ${
        described(label)
      }, which has ${length} of the samples: ${parts} parts need as many`,
    );
  }
}

function byText(a: unknown, b: unknown): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;
}

/**
 * Which part each place in a row is for, such that every stretch of it has of each part what its size says, by about
 * one: of the parts that may have the next place the one that must have it first (Tijdeman, The chairman assignment
 * problem, 1980).
 */
function spread(sizes: readonly number[]): number[] {
  const length = sizes.reduce((a, b) => a + b, 0), had = sizes.map(() => 0);
  return Array.from({ length }, (_, i) => {
    let best = -1, soonest = Infinity;
    for (let part = 0; part < sizes.length; part++) {
      const share = sizes[part] / length, due = (had[part] + 1) / share;
      if (had[part] < sizes[part] && share * (i + 1) - had[part] > 0 && due < soonest) {
        [best, soonest] = [part, due];
      }
    }
    had[best]++;
    return best;
  });
}
