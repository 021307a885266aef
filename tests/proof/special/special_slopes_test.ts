/** The slopes of the functions of `special`, to 8 units of the last place of the largest of their terms. */
import { assertEquals } from "@std/assert";
import { ones, special, type Tensor, tensor } from "@tapegrad/core";
import { testWith } from "../../backend_traits.ts";
import reference from "../reference/special_slopes.json" with { type: "json" };
import { spacing } from "./compare.ts";
import { decode, type Encoded } from "./reference.ts";

type Fn = (...operands: Tensor[]) => Tensor;

const UNITS = 8;

for (const [name, rows] of Object.entries(reference as Readonly<Record<string, Encoded[][]>>)) {
  testWith({ f64: true }, `special.${name}′ is within 8 units of the exact one`, async () => {
    const numbers = rows.map((row) => row.map((x) => decode(x, "f64"))), last = numbers[0].length - 3;
    const operands = Array.from({ length: last + 1 }, (_, k) => {
      return tensor(numbers.map((row) => row[k]), { dtype: "f64", requiresGrad: k === last });
    });
    const y = (special as unknown as Record<string, Fn>)[name](...operands);
    y.backward({ gradient: ones(y.shape, { dtype: "f64" }) });
    const found = await operands[last].grad!.data();
    const wrong = numbers.flatMap((row, i) => {
      const [slope, size] = row.slice(-2), off = Math.abs(found[i] - slope) / spacing(size, "f64");
      return off <= UNITS
        ? []
        : [`${found[i]} at ${row.slice(0, -2)}, exactly ${slope}: ${off.toPrecision(3)} units`];
    });
    assertEquals(wrong, []);
  });
}
