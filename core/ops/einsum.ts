/** Sums of products by an equation of letters. */
import { defineOp } from "../define/composite.ts";
import { tensorsOf } from "../tensor/tree.ts";
import { described } from "../base/text.ts";
import { ShapeError, showShape } from "../base/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { diagonal } from "./matrices.ts";
import { sum } from "./reductions.ts";
import { permute } from "./axis_order.ts";
import { expand, reshape } from "./shape.ts";
import { matmul } from "./linear_algebra.ts";

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
