/** Loops that carry something along an axis. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkFunction, checkOptions } from "../base/settings.ts";
import { isCount, sameShape } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { stack } from "../ops/joining.ts";
import { unbind } from "../ops/pieces.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf, withLeaves } from "../tensor/tree.ts";
import { synchronous } from "./synchronous.ts";

/**
 * What {@link scan} may be told.
 *
 * @category Transforms
 */
export interface ScanOptions {
  /** How many steps: as many as `xs` are long unless said. */
  readonly length?: number;
  /** Whether it goes from the last of `xs` to the first; its outputs stand where what they were made of does. */
  readonly reverse?: boolean;
}

/**
 * Calls `fn` with what it carried so far and each of `xs` in turn, and gives what it carried last and all that it put
 * out, as JAX's `lax.scan`: in `[carry, ys] = scan(fn, init, xs)` each call of `fn(carry, x)` gives `[carry, y]`. What is
 * carried, `xs` and what is put out are tensors, or tensors nested in arrays and objects, or `null`; `xs` are taken apart
 * along their first axis, outputs are put together along a new first one. What is carried keeps its structure, shapes and
 * dtypes, else it is a {@link ShapeError}; without a step what is put out has an extent of 0. Nothing but the tape
 * remembers steps: gradients of any order flow through all of it.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { scan, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const step = (level: Tensor, x: Tensor) => {
 *   const next = level.mul(0.5).add(x);
 *   return [next, next] as const;
 * };
 * const [last, all] = scan(step, tensor(0), tensor([8, 4, 2]));
 * assertEquals(await all.array(), [8, 8, 6]);
 * assertEquals(await last.item(), 6);
 * ```
 */
export function scan<C, X, Y>(
  fn: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: Y] {
  checkFunction("scan", fn);
  checkOptions("scan", options, { length: 1, reverse: false });
  const leaves = leavesOf(xs), length = lengthOf(leaves, options.length);
  if (length === 0) return [init, nothingOf(fn, init, xs)];
  const columns = leaves.map((leaf) => unbind(leaf));
  const outputs = new Array<Y>(length);
  let carry = init;
  for (let step = 0; step < length; step++) {
    const at = options.reverse ? length - 1 - step : step;
    const given = pairOf(fn(carry, withLeaves(xs, columns.map((column) => column[at]))));
    checkAlike("scan", "a carry that changes", carry, given[0]);
    [carry, outputs[at]] = given;
  }
  return [carry, stacked(outputs)];
}

function lengthOf(leaves: readonly Tensor[], asked: number | undefined): number {
  const shapes = leaves.map(({ shape }) => shape), length = asked ?? shapes[0]?.[0];
  if (length === undefined) {
    throw new TypeError("Cannot scan without a tensor that has an axis to go along: give xs, or a length");
  }
  if (!isCount(length)) throw new RangeError(`Cannot scan ${described(length)} steps: a count is needed`);
  const misfit = shapes.find((shape) => shape[0] !== length);
  if (!misfit) return length;
  throw new ShapeError(
    `Cannot scan ${showShape(misfit)} in ${length} steps: the first extent of all xs must be ${length}`,
    { op: "scan", shapes },
  );
}

function pairOf<C, Y>(given: readonly [C, Y]): readonly [C, Y] {
  synchronous("scan", given);
  if (Array.isArray(given) && given.length === 2) return given;
  throw new TypeError(`Cannot scan with a function that returns ${described(given)}: [carry, y] is needed`);
}

/** Refuses trees that hold other tensors than those before. */
export function checkAlike(op: string, what: string, before: unknown, after: unknown): void {
  const [from, to] = [before, after].map(leavesOf);
  if (from.length === to.length && from.every((t, i) => isAlike(t, to[i]))) return;
  const [had, has] = [from, to].map((list) => list.map((t) => `${t.dtype} ${showShape(t.shape)}`).join(", "));
  throw new ShapeError(
    `Cannot ${op} with ${what} from ${had || "no tensors"} to ${has || "no tensors"}: ` +
      "each step must give back as many tensors, of the same shapes and dtypes",
    { op, shapes: to.map(({ shape }) => shape) },
  );
}

function isAlike(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

function stacked<Y>(outputs: readonly Y[]): Y {
  const [first] = outputs, lists = outputs.map(leavesOf);
  if (lists.some((list) => list.length !== lists[0].length)) {
    throw new TypeError("Cannot scan with a function that puts out more at one step than at another");
  }
  return withLeaves(first, lists[0].map((_, i) => stack(lists.map((list) => list[i]))));
}

// What a step would put out tells the shapes of none.
function nothingOf<C, X, Y>(fn: (carry: C, x: X) => readonly [C, Y], init: C, xs: X): Y {
  const zeros = leavesOf(xs).map((x) => filled(0, x.shape.slice(1), x));
  const [, y] = pairOf(fn(init, withLeaves(xs, zeros)));
  return withLeaves(y, leavesOf(y).map((leaf) => filled(0, [0, ...leaf.shape], leaf)));
}
