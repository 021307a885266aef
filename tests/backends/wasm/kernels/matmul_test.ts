/** Products in wasm by every kind of lanes and every form of tile, on matrices that lie in every way. */
import { assert, assertEquals } from "@std/assert";
import { type Simd, simds, validates } from "../../../../backends/wasm/features.ts";
import { formsOf } from "../../../../backends/wasm/kernels/matmul/forms.ts";
import type { TileForm } from "../../../../backends/wasm/kernels/matmul/tile.ts";
import type { Element } from "../../../../backends/wasm/kernels/matmul/lanes.ts";
import { eachProduct } from "../../../../backends/wasm/kernels/matmul/matmul.ts";
import { multiply, type Way } from "../../../../backends/wasm/kernels/matmul/multiply.ts";
import { Products } from "../../../../backends/wasm/kernels/matmul/products.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { place, type Placed } from "./placed.ts";

type Case = { readonly simd: Simd; readonly element: Element; readonly form: TileForm };

const all = simds.filter(validates).flatMap((simd) =>
  (["f32", "f64", "i32"] as const).flatMap((element): Case[] =>
    formsOf({ simd, element }).map((form) => ({ simd, element, form }))
  )
);

type Value = (place: number) => number;
const whole: Value = (place) => (place * 7 + (place >> 3) * 13) % 23 - 11;
const large: Value = (place) => Math.imul(place + 1, 0x9e3779b1);
const uneven: Value = (place) => Math.sin(place * 1.7) * (1 + place % 5);

interface Sizes {
  readonly lead?: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** How the last two axes of a, of b and of the output lie, and along which of the leading ones they repeat. */
type Ways = readonly [a: string, b: string, output: string];

class Fixture {
  readonly heap = new Heap();
  readonly products: Products;
  readonly form: TileForm;

  constructor({ simd, element, form }: Case) {
    this.products = new Products(this.heap.memory, element, simd);
    this.form = form;
  }

  check({ lead = [], m, n, k }: Sizes, [aWay, bWay, outputWay]: Ways, value: Value, way?: Way): void {
    const { heap, products, form } = this, { element } = products;
    const a = place(heap, element, [...lead, m, k], aWay, value);
    const b = place(heap, element, [...lead, k, n], bWay, (at) => value(at + 5));
    const output = place(heap, element, [...lead, m, n], outputWay, () => 1);
    eachProduct(a, b, output, (product) => multiply({ products, form, heap }, product, way));
    const told = `${element} by ${products.simd} ${form.height}×${form.vectors}: ` +
      `[${[...lead, m, k]}] ${aWay} × [${k}, ${n}] ${bWay} into ${outputWay}`;
    compare(element, a, b, output, told);
    assert(output.isWhole(), `${told}: wrote beside the output`);
    for (const matrix of [a, b, output]) matrix.release();
  }
}

// How far a sum of k products may be off in units of the sum of their sizes: a rounding for each product and sum.
const units: Readonly<Record<Element, number>> = { f32: 2 ** -23, f64: 2 ** -52, i32: 0 };

function compare(element: Element, a: Placed, b: Placed, output: Placed, told: string): void {
  const [m, k] = a.shape.slice(-2),
    n = b.shape.at(-1)!,
    [x, y, z] = [a, b, output].map((all) => all.values());
  const isWhole = element === "i32", allowed = (k + 1) * units[element];
  z.forEach((got, at) => {
    const j = at % n, row = (at - j) / n * k, column = Math.floor(at / (m * n)) * k * n + j;
    let sum = 0, size = 0;
    for (let l = 0; l < k; l++) {
      const u = x[row + l], v = y[column + l * n];
      sum = isWhole ? (sum + Math.imul(u, v)) | 0 : sum + u * v;
      size += Math.abs(u * v);
    }
    const isRight = Object.is(got, sum) || Math.abs(got - sum) <= allowed * size;
    if (!isRight) throw new Error(`${told}: at ${at}: ${got}, not ${sum}`);
  });
}

const ways = ["dense", "transposed", "stepped", "backward"];
const heights = [1, 2, 3, 4, 5, 6, 7, 11, 13], widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31];

for (const one of all) {
  const name = `${one.element} by ${one.simd}, ${one.form.height} × ${one.form.vectors}`;
  const value = one.element === "i32" ? large : uneven;

  Deno.test(`products are right around the edges of tiles: ${name}`, () => {
    const fixture = new Fixture(one);
    let count = 0;
    for (const m of heights) {
      for (const n of widths) {
        const k = widths[(count * 5 + m) % widths.length], way = (by: number) => ways[(count + by) % 4];
        fixture.check({ m, n, k }, ["dense", ["dense", "transposed"][count % 2], "dense"], value);
        fixture.check({ m, n, k }, [way(0), way(count >> 2), count % 7 ? "dense" : way(m)], value);
        if (n > 1) {
          fixture.check({ m, n, k }, ["dense", "transposed", "dense"], value, "dot");
          fixture.check({ m, n, k }, [way(1), "dense", "dense"], value, ["direct", "row"][count % 2] as Way);
        }
        count++;
      }
    }
  });

  Deno.test(`products of packed panels are right: ${name}`, () => {
    const fixture = new Fixture(one);
    // Several panels of rows, of columns, and of the inner axis.
    for (
      const [m, n, k] of [[1, 1, 1], [7, 9, 5], [101, 9, 33], [26, 17, 258], [13, 21, 600], [5, 70, 257]]
    ) {
      for (const b of ["dense", "transposed"]) {
        fixture.check({ m, n, k }, ["dense", b, "dense"], value, "packed");
        fixture.check({ m, n, k }, ["dense", b, "dense"], value);
      }
      fixture.check({ m, n, k }, ["transposed", "stepped", "dense"], value, "packed");
      fixture.check({ m, n, k }, ["backward", "backward", "transposed"], value, "packed");
      fixture.check({ m, n, k }, ["stepped", "dense", "stepped"], value, "packed");
    }
    fixture.check({ m: 3, n: 1030, k: 257 }, ["dense", "dense", "dense"], value, "packed");
  });

  Deno.test(`products of batches are right: ${name}`, () => {
    const fixture = new Fixture(one);
    for (const [m, n, k] of [[5, 9, 7], [1, 6, 3], [6, 1, 8], [1, 1, 4], [26, 18, 11]]) {
      for (const lead of [[3], [2, 3], [1, 2], [4, 1]]) {
        const sizes = { lead, m, n, k };
        fixture.check(sizes, ["dense", "repeated", "dense"], value);
        fixture.check(sizes, ["repeated", "dense", "dense"], value);
        fixture.check(sizes, ["transposed", "crossed", "dense"], value);
        fixture.check(sizes, ["crossed", "repeated", "transposed"], value);
        fixture.check(sizes, ["backward", "stepped", "crossed"], value);
      }
    }
  });

  if (one.element === "i32") continue;
  Deno.test(`what is no number stays in its row and column: ${name}`, () => {
    const fixture = new Fixture(one);
    for (const special of [NaN, Infinity]) {
      for (const [m, n, k] of [[7, 9, 5], [13, 17, 3], [3, 5, 64], [29, 31, 30]]) {
        for (const b of ["dense", "transposed"]) {
          // The last row and the last column alone meet it.
          const last = (at: number) => at >= (m - 1) * k ? special : whole(at);
          fixture.check({ m, n, k }, ["dense", b, "dense"], last);
          fixture.check({ m, n, k }, ["dense", b, "dense"], last, "packed");
        }
      }
    }
  });
}

Deno.test("which tile is found to be fastest changes no bit of a product", async () => {
  const heap = new Heap(), products = new Products(heap.memory, "f32", heap.simd), forms = formsOf(products);
  const a = place(heap, "f32", [40, 300], "dense", uneven),
    b = place(heap, "f32", [300, 40], "dense", uneven);
  const output = place(heap, "f32", [40, 40], "dense", () => 1);
  const values = forms.map((form) => {
    eachProduct(a, b, output, (product) => multiply({ products, heap, form }, product, "packed"));
    return output.values();
  });
  for (const other of values) assertEquals(other, values[0]);
  assertEquals(products.choice.best(heap), forms[0]);
  while (!products.choice.isSettled) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert(forms.includes(products.choice.best(heap)));
  }
});
