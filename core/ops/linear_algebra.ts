/** Products of vectors and matrices. */
import { defineOp } from "../define/composite.ts";
import { commonDtype } from "../define/operands.ts";
import { checkTensor, tensorsOf } from "../tensor/tree.ts";
import { described } from "../base/text.ts";
import { apply } from "../call/apply.ts";
import type { DType } from "../base/dtype.ts";
import { DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { matrixProduct } from "../primitives/matmul.ts";
import { broadcastShapes, sameShape, type Shape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./arithmetic.ts";
import { diagonal } from "./matrices.ts";
import { sum } from "./reductions.ts";
import { expand, permute, reshape, unsqueeze } from "./shape.ts";

function innerError(op: string, a: Tensor, b: Tensor, why: string): ShapeError {
  return new ShapeError(`Cannot ${op} ${showShape(a.shape)} and ${showShape(b.shape)}: ${why}`, {
    op,
    shapes: [a.shape, b.shape],
  });
}

/**
 * Matrix product `[…, m, k] × […, k, n] → […, m, n]`, leading axes broadcasting; a vector is a row on the
 * left, a column on the right. Scalars and inner extents that differ are a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { matmul, ShapeError, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]);
 * assertEquals(await matmul(a, tensor([1, 10])).array(), [21, 43]);
 * assertEquals(matmul(zeros([5, 2, 3]), zeros([3, 4])).shape, [5, 2, 4]);
 * assertThrows(() => matmul(a, zeros([3, 2])), ShapeError, "inner extents are 2 and 3");
 * ```
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor("matmul", a);
  checkTensor("matmul", b);
  if (a.rank === 0 || b.rank === 0) {
    throw innerError("matmul", a, b, "scalars have no inner extent, use mul()");
  }
  if (a.rank === 1 || b.rank === 1) return vectorProduct(a, b);
  const [k, l] = [a.shape[a.rank - 1], b.shape[b.rank - 2]];
  if (k !== l) throw innerError("matmul", a, b, `inner extents are ${k} and ${l}`);
  const dtype = productDtype("matmul", a, b);
  const [x, y] = a.rank === 2 && b.rank === 2 ? [a, b] : broadcastBatches(a, b);
  return apply(matrixProduct, [x.to(dtype), y.to(dtype)], null);
}

function productDtype(op: string, a: Tensor, b: Tensor): DType {
  const dtype = a.dtype === b.dtype ? a.dtype : commonDtype([a, b]);
  if (dtype !== "bool") return dtype;
  throw new DtypeError(`Cannot ${op} bool and bool: sums of bools are counts, cast with to("i32")`, {
    op,
    dtypes: [a.dtype, b.dtype],
  });
}

function vectorProduct(a: Tensor, b: Tensor): Tensor {
  const [k, l] = [a.shape[a.rank - 1], b.shape[Math.max(0, b.rank - 2)]];
  if (k !== l) throw innerError("matmul", a, b, `inner extents are ${k} and ${l}`);
  if (a.rank === 1 && b.rank === 1) return dot(a, b);
  const product = matmul(a.rank === 1 ? unsqueeze(a, 0) : a, b.rank === 1 ? unsqueeze(b, 1) : b);
  return reshape(product, a.rank === 1 ? dropAxis(product.shape, -2) : dropAxis(product.shape, -1));
}

function dropAxis(shape: Shape, axis: number): Shape {
  return shape.toSpliced(axis, 1);
}

function broadcastBatches(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [left, right] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (sameShape(left, right)) return [a, b];
  const batch = broadcastShapes("matmul batches", [left, right]);
  return [expand(a, [...batch, ...a.shape.slice(-2)]), expand(b, [...batch, ...b.shape.slice(-2)])];
}

/**
 * Inner product of two vectors of one length, a scalar. Anything else is a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { dot, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([1, 2, 3]), b = tensor([4, 5, 6]);
 * const product = dot(a, b);
 * product.backward();
 * assertEquals(await product.item(), 32);
 * assertEquals(await a.grad!.array(), [4, 5, 6]);
 * ```
 */
export const dot: (a: Tensor, b: Tensor) => Tensor = defineOp("dot", (a, b) => {
  if (a.rank !== 1 || b.rank !== 1) throw innerError("dot", a, b, "two vectors are needed, use matmul()");
  if (a.size !== b.size) throw innerError("dot", a, b, `lengths are ${a.size} and ${b.size}`);
  const dtype = productDtype("dot", a, b);
  const product = apply(matrixProduct, [reshape(a.to(dtype), [1, -1]), reshape(b.to(dtype), [-1, 1])], null);
  return reshape(product, []);
}, { arity: 2 });

/**
 * Every product of an element of one vector with one of another: `[m]` and `[n]` give `[m, n]`. Other ranks
 * are a {@link ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { outer, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await outer(tensor([1, 2]), tensor([3, 4, 5])).array(), [[3, 4, 5], [6, 8, 10]]);
 * ```
 */
export const outer: (a: Tensor, b: Tensor) => Tensor = defineOp("outer", (a, b) => {
  if (a.rank !== 1 || b.rank !== 1) throw innerError("outer", a, b, "two vectors are needed");
  return mul(unsqueeze(a, 1), b);
}, { arity: 2 });

/**
 * Sum of the main diagonal of the last two axes: `[…, m, n]` gives `[…]`. A rank below 2 is a {@link
 * ShapeError}.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { trace, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([[1, 2], [3, 4]]);
 * const t = trace(x);
 * t.backward();
 * assertEquals(await t.item(), 5);
 * assertEquals(await x.grad!.array(), [[1, 0], [0, 1]]);
 * ```
 */
export const trace: (x: Tensor) => Tensor = defineOp("trace", (x) => sum(diagonal(x), -1));

/**
 * Sums of products named by Einstein's convention, as `einsum("ij,jk->ik", a, b)`. Without `->` the
 * result has the letters that occur once, in alphabetic order; `...` stands for leading axes that
 * broadcast. Operands are contracted from left to right.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { einsum, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await einsum("ii->", x).item(), 5);
 * ```
 */
export const einsum: (equation: string, ...operands: Tensor[]) => Tensor = defineOp(
  "einsum",
  (equation, ...given) => {
    const operands = tensorsOf("einsum", given);
    const { inputs, output } = parse(equation, operands);
    let left = onceEach(operands[0], inputs[0]);
    for (let i = 1; i < operands.length; i++) {
      const later = inputs.slice(i + 1).join("") + output;
      left = contract(left, onceEach(operands[i], inputs[i]), later);
    }
    const kept = sumAxes(left, [...left.letters].filter((c) => !output.includes(c)).join(""));
    return permute(kept.value, [...output].map((c) => kept.letters.indexOf(c)));
  },
  { arity: Infinity },
);

/** A tensor whose axes are named by distinct letters. */
interface Named {
  readonly value: Tensor;
  readonly letters: string;
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

function equationError(equation: string, why: string): ShapeError {
  return new ShapeError(`Cannot einsum ${described(equation)}: ${why}`, { op: "einsum" });
}

// Axes under an ellipsis get capital Greek letters, which no equation may use itself.
const ELLIPSIS_LETTERS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ";

function parse(equation: string, operands: readonly Tensor[]): Equation {
  if (typeof equation !== "string") throw equationError(equation, "a text is needed");
  const [left, right, ...rest] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (rest.length > 0 || !/^([A-Za-z]|\.\.\.|,)*$/.test(left) || !/^([A-Za-z]|\.\.\.)*$/.test(right ?? "")) {
    throw equationError(equation, 'letters, commas, "..." and one "->" are allowed');
  }
  if (terms.length !== operands.length) {
    throw equationError(equation, `it names ${terms.length} operands and ${operands.length} were given`);
  }
  if (terms.some((term) => term.split("...").length > 2)) {
    throw equationError(equation, 'an operand has at most one "..."');
  }
  const free = terms.map((term, i) => operands[i].rank - term.replace("...", "").length);
  const widest = Math.max(0, ...free.filter((_, i) => terms[i].includes("...")));
  const inputs = terms.map((term, i) => term.replace("...", ellipsis(widest, free[i])));
  inputs.forEach((letters, i) => checkTerm(equation, letters, operands[i], i));
  checkExtents(equation, inputs, operands);
  const output = right === undefined
    ? ellipsis(widest, widest) + onceOnly(inputs.join(""))
    : right.replace("...", ellipsis(widest, widest));
  const unknown = [...output].find((c, i) => !inputs.join("").includes(c) || output.indexOf(c) !== i);
  if (unknown) {
    throw equationError(equation, `"${unknown}" must occur once in the result and in some operand`);
  }
  return { inputs, output };
}

function ellipsis(widest: number, count: number): string {
  return ELLIPSIS_LETTERS.slice(widest - Math.max(0, count), widest);
}

function onceOnly(letters: string): string {
  const latin = [...letters].filter((c) => !ELLIPSIS_LETTERS.includes(c));
  return latin.filter((c) => latin.indexOf(c) === latin.lastIndexOf(c)).sort().join("");
}

function checkTerm(equation: string, letters: string, operand: Tensor, i: number): void {
  if (letters.length === operand.rank) return;
  throw equationError(
    equation,
    `operand ${i + 1} has shape ${showShape(operand.shape)} and ${letters.length} letters`,
  );
}

function checkExtents(equation: string, inputs: readonly string[], operands: readonly Tensor[]): void {
  const extents = new Map<string, number>();
  inputs.forEach((letters, i) =>
    [...letters].forEach((c, axis) => {
      const n = operands[i].shape[axis], known = extents.get(c) ?? 1;
      // Extents of 1 repeat to meet other operands, not along a diagonal.
      const before = operands[i].shape[letters.indexOf(c)];
      if (before !== n || (known !== 1 && n !== 1 && known !== n)) {
        throw equationError(equation, `"${c}" has extents ${before !== n ? before : known} and ${n}`);
      }
      extents.set(c, known === 1 ? n : known);
    })
  );
}

// A letter that occurs twice in one operand means the diagonal of its two axes.
function onceEach(value: Tensor, letters: string): Named {
  const twice = [...letters].find((c, i) => letters.indexOf(c) !== i);
  if (twice === undefined) return { value, letters };
  const first = letters.indexOf(twice), second = letters.indexOf(twice, first + 1);
  const others = [...letters].flatMap((_, i) => i === first || i === second ? [] : [i]);
  const moved = permute(value, [...others, first, second]);
  return onceEach(diagonal(moved), others.map((i) => letters[i]).join("") + twice);
}

function sumAxes({ value, letters }: Named, gone: string): Named {
  if (gone === "") return { value, letters };
  const axes = [...gone].map((c) => letters.indexOf(c));
  return { value: sum(value, axes), letters: [...letters].filter((c) => !gone.includes(c)).join("") };
}

/** Two operands as one matrix product: shared letters that stay are the batch, those that go are the inner extent. */
function contract(a: Named, b: Named, later: string): Named {
  const goes = (c: string) => !later.includes(c);
  const x = sumAxes(a, [...a.letters].filter((c) => goes(c) && !b.letters.includes(c)).join(""));
  const y = sumAxes(b, [...b.letters].filter((c) => goes(c) && !x.letters.includes(c)).join(""));
  const shared = [...x.letters].filter((c) => y.letters.includes(c));
  const batch = shared.filter((c) => !goes(c)), inner = shared.filter(goes);
  const rows = [...x.letters].filter((c) => !shared.includes(c));
  const columns = [...y.letters].filter((c) => !shared.includes(c));
  const extent = (c: string) => extentOf(x, c) === 1 ? extentOf(y, c) : extentOf(x, c);
  const [m, k, n] = [rows, inner, columns].map((g) => g.map(extent).reduce((p, q) => p * q, 1));
  const lead = batch.map(extent);
  const left = reshape(arranged(x, [...batch, ...rows, ...inner], extent), [...lead, m, k]);
  const right = reshape(arranged(y, [...batch, ...inner, ...columns], extent), [...lead, k, n]);
  const letters = [...batch, ...rows, ...columns];
  return { value: reshape(matmul(left, right), letters.map(extent)), letters: letters.join("") };
}

function extentOf({ value, letters }: Named, c: string): number {
  return letters.includes(c) ? value.shape[letters.indexOf(c)] : 1;
}

function arranged(
  { value, letters }: Named,
  order: readonly string[],
  extent: (c: string) => number,
): Tensor {
  return expand(permute(value, order.map((c) => letters.indexOf(c))), order.map(extent));
}
