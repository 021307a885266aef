/** What is convolved along one, two or three axes, and how, checked. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { isCount, sameShape, sizeOf } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";
import { commonDtype } from "../../define/operands.ts";
import { reshape } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";

/**
 * A number for the length of a sequence.
 *
 * @category Network functions
 */
export type Single = number | readonly [length: number];

/**
 * One number for the rows and the columns of an image, or one for each.
 *
 * @category Network functions
 */
export type Pair = number | readonly [rows: number, columns: number];

/**
 * One number for the depth, the rows and the columns of a volume, or one for each.
 *
 * @category Network functions
 */
export type Triple = number | readonly [depth: number, rows: number, columns: number];

/** What errors call a function and its operand, and the axes that windows slide along. */
export interface Space {
  /** The function. */
  readonly op: string;
  /** What it takes. */
  readonly image: string;
  /** Its axes behind the channels. */
  readonly axes: readonly string[];
}

const spaces = [
  { image: "sequence", axes: ["length"] },
  { image: "image", axes: ["rows", "columns"] },
  { image: "volume", axes: ["depth", "rows", "columns"] },
];

/** That of a function of sequences, of images or of volumes. */
export function spaceOf(op: string, axes: number): Space {
  return { op, ...spaces[axes - 1] };
}

/** A ShapeError of a function and its operands. */
export function refusal({ op }: Space, operands: readonly Tensor[], why: string): ShapeError {
  const shapes = operands.map(({ shape }) => shape);
  return new ShapeError(`Cannot ${op} ${shapes.map(showShape).join(" by ")}: ${why}`, { op, shapes });
}

/** Refuses what is neither one image nor a batch of them. */
export function checkImages(space: Space, operands: readonly Tensor[]): void {
  const { image, axes } = space, extra = operands[0].rank - axes.length;
  if (extra === 1 || extra === 2) return;
  const article = image === "image" ? "an" : "a";
  const why = `${article} ${image} [channels, ${axes.join(", ")}] or a batch of them is needed`;
  throw refusal(space, operands, why);
}

/** A function of batches of images, of one or a batch. */
export function overBatch({ axes }: Space, x: Tensor, compute: (images: Tensor) => Tensor): Tensor {
  if (x.rank !== axes.length + 1) return compute(x);
  const result = compute(reshape(x, [1, ...x.shape]));
  return reshape(result, result.shape.slice(1));
}

function severalFor({ axes }: Space): string {
  if (axes.length === 1) return "or a list of it";
  return `or ${axes.length === 2 ? "two" : "three"} for ${axes.join(", ").replace(/, (\w+)$/, " and $1")}`;
}

/** An integer from `least` for each axis. */
export function sizesOf(space: Space, name: string, given: unknown, least: number, orName = ""): number[] {
  const { op, axes } = space, list = typeof given === "number" ? axes.map(() => given) : given;
  const isSize = (_: unknown, i: number) => isCount((list as unknown[])[i]) && (list as number[])[i] >= least;
  if (Array.isArray(list) && list.length === axes.length && axes.every(isSize)) return [...list];
  const found = Array.isArray(given) ? listed(given) : described(given);
  throw new RangeError(
    `Cannot ${op} with a ${name} of ${found}: an integer from ${least} is needed, ${
      severalFor(space)
    }${orName}`,
  );
}

/** What a convolution, or its transpose, is made of. */
export interface Operands {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly groups: number;
}

/** Refuses operands of a convolution, or of its transpose, that do not fit each other. */
export function checkOperands(space: Space, operands: Operands, isTransposed = false): void {
  const { op } = space,
    { x, weight, bias, groups } = operands,
    tensors = bias ? [x, weight, bias] : [x, weight];
  for (const t of tensors) checkTensor(op, t);
  if (!isCount(groups) || groups === 0) {
    throw new RangeError(`Cannot ${op} in ${described(groups)} groups: an integer from 1 is needed`);
  }
  checkImages(space, [x, weight]);
  const why = misfit(space, operands, isTransposed);
  if (why) throw refusal(space, [x, weight], why);
  if (commonDtype(tensors) === "bool") throw boolsError(op, tensors);
}

function boolsError(op: string, operands: readonly Tensor[]): DtypeError {
  return new DtypeError(`Cannot ${op} bool by bool: sums of bools are counts, cast with to("i32")`, {
    op,
    dtypes: operands.map(({ dtype }) => dtype),
  });
}

function misfit(
  { image, axes }: Space,
  { x, weight, bias, groups }: Operands,
  isTransposed: boolean,
): string | null {
  const [into, from] = isTransposed ? ["in", "out"] : ["out", "in"];
  if (weight.rank !== axes.length + 2) {
    return `a weight [channels ${into}, channels ${from} / groups, ${axes.join(", ")}] is needed`;
  }
  const [first, second, ...window] = weight.shape, given = x.shape[x.rank - axes.length - 1];
  if (sizeOf(window) === 0) return "a window of at least one element is needed";
  const [taken, made] = isTransposed ? [first, second * groups] : [second * groups, first];
  if (given !== taken) {
    const takes = isTransposed || groups === 1 ? taken : `${groups} groups of ${second}`;
    return `the ${image} has ${given} channels, the weight takes ${takes}`;
  }
  if (first % groups !== 0) return `${groups} groups do not divide ${first} channels ${into}`;
  if (bias && !sameShape(bias.shape, [made])) {
    return `the bias is ${showShape(bias.shape)}, [${made}] is needed`;
  }
  return null;
}

/** Operands in the dtype in which they meet, the image first. */
export function inOneDtype(images: Tensor, { weight, bias }: Operands): readonly Tensor[] {
  const operands = bias ? [images, weight, bias] : [images, weight], dtype = commonDtype(operands);
  return operands.map((t) => t.to(dtype));
}
