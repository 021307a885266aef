import { assertEquals } from "@std/assert";
import "@tapegrad/backends";
import * as core from "@tapegrad/core";
import promotion from "../reference/promotion.json" with { type: "text" };
import { currentBackend, type DType, full, type Tensor, tensor, type TensorLike } from "@tapegrad/core";

/** By op, left and right operand: an operand is a dtype and its shape, or a number. */
type Table = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, DType>>>>>>;

const table: Table = JSON.parse(promotion);

type Binary = (a: TensorLike, b: TensorLike) => Tensor;

const ops: Readonly<Record<string, Binary>> = {
  ...core,
  where: (a: TensorLike, b: TensorLike) => core.where(tensor([true, false]), a, b),
} as unknown as Record<string, Binary>;

function operand(text: string): TensorLike | null {
  if (text === "true") return true;
  const [, dtype, extent] = text.match(/^(\w+)\[(\d?)\]$/) ?? [];
  if (!dtype) return Number(text);
  if (!currentBackend().dtypes.has(dtype as DType)) return null;
  return full(extent ? [Number(extent)] : [], 1, { dtype: dtype as DType });
}

for (const [name, rows] of Object.entries(table)) {
  Deno.test(`${name} promotes dtypes as PyTorch`, () => {
    const wrong: string[] = [];
    for (const [left, row] of Object.entries(rows)) {
      for (const [right, wanted] of Object.entries(row)) {
        const a = operand(left), b = operand(right);
        if (a === null || b === null || !currentBackend().dtypes.has(wanted)) continue;
        const found = ops[name](a, b).dtype;
        if (found !== wanted) wrong.push(`${left} and ${right}: ${found}, PyTorch ${wanted}`);
      }
    }
    assertEquals(wrong, []);
  });
}
