/** Bessel functions and their slopes next to zeros, to 8 units of the last place of what they are there. */
import { assertEquals } from "@std/assert";
import { special, type Tensor, tensor, type UnaryOp, vjp } from "@tapegrad/core";
import { floats, precision } from "../../backend_traits.ts";
import reference from "../reference/bessel_zeros.json" with { type: "json" };
import { type Column, show, ulps } from "./compare.ts";
import { decode, type Encoded } from "./reference.ts";

const UNITS = 8;

/** How many zeros a device without f64 knows, and where the last of them is passed. */
const KNOWN = 24;

const functions: Readonly<Record<string, UnaryOp>> = {
  j0: special.besselJ0,
  j1: special.besselJ1,
  y0: special.besselY0,
  y1: special.besselY1,
};

function found(name: string, x: Tensor): Tensor {
  const f = functions[name.slice(0, 2)];
  if (!name.endsWith("Slope")) return f(x);
  const [, pull] = vjp((x: Tensor) => [f(x)], x);
  return pull([x.mul(0).add(1)])[0];
}

for (
  const [name, columns] of Object.entries(reference as Readonly<Record<string, Record<Column, Encoded[][]>>>)
) {
  for (const dtype of floats) {
    Deno.test(`${name} is within 8 units of the exact value next to zeros, in ${dtype}`, async () => {
      const rows = columns[dtype].map(([x, y]) => [decode(x, dtype), Number(y)])
        .filter(([x]) => precision === "f64" || x < KNOWN);
      const y = await found(name, tensor(rows.map(([x]) => x), { dtype })).data();
      const wrong = rows.flatMap(([x, value], i) =>
        ulps(y[i], value, dtype) <= UNITS
          ? []
          : [`at ${show(x)} ${y[i]}, not ${value}: ${ulps(y[i], value, dtype)}`]
      );
      assertEquals([rows.length > 15, wrong], [true, []]);
    });
  }
}
