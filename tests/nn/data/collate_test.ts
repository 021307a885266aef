/** Samples as batches. */
import { type DType, ShapeError, Tensor, tensor, zeros } from "@tapegrad/core";
import { defaultCollate } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

function shown(batch: unknown): unknown {
  if (batch instanceof Tensor) return [batch.dtype, batch.arraySync()];
  if (Array.isArray(batch)) return batch.map(shown);
  if (typeof batch !== "object" || batch === null) return batch;
  return Object.fromEntries(Object.entries(batch).map(([name, part]) => [name, shown(part)]));
}

const batches: Readonly<Record<string, readonly [readonly unknown[], unknown]>> = {
  "tensors": [[tensor([1, 2]), tensor([3, 4])], ["f32", [[1, 2], [3, 4]]]],
  "scalars of integers": [[1, 2].map((n) => tensor(n, { dtype: "i32" })), ["i32", [1, 2]]],
  "numbers": [[1, 2.5], ["f32", [1, 2.5]]],
  "truth values": [[true, false], ["bool", [true, false]]],
  "texts": [["a", "b"], ["a", "b"]],
  "typed arrays": [[Float64Array.of(1, 2), Float64Array.of(3, 4)], ["f64", [[1, 2], [3, 4]]]],
  "pixels": [[Uint8Array.of(200), Uint8Array.of(3)], ["i32", [[200], [3]]]],
  "pairs": [[[1, "a"], [2, "b"]], [["f32", [1, 2]], ["a", "b"]]],
  "records in records": [[{ x: { y: [1] } }, { x: { y: [2] } }], { x: { y: [["f32", [1, 2]]] } }],
  "one sample": [[{ x: 1 }], { x: ["f32", [1]] }],
  "nothing in them": [[[], []], []],
};

for (const [what, [samples, wanted]] of Object.entries(batches)) {
  testWith(
    { synchronous: true },
    `a batch of ${what}`,
    () => assertEquals(shown(defaultCollate(samples)), wanted),
  );
}

const refused: Readonly<Record<string, readonly [readonly unknown[], string]>> = {
  "no samples": [[], "an array of 0: a list of samples"],
  "shapes that differ": [
    [zeros([2]), zeros([2]), zeros([3])],
    "samples with [2] and, 2 further, [3]: make them alike",
  ],
  "typed arrays that differ": [[new Float32Array(1), new Float32Array(2)], "[1] and, 1 further, [2]"],
  "kinds that differ": [[[1, 2], [1, "2"]], 'samples with 2 and, 1 further, "2" at [1]'],
  "parts that differ": [[{ a: { x: 1 } }, { a: { y: 1 } }], "{ x } and, 1 further, { y } at .a"],
  "lengths that differ": [[[1], [1, 2]], "1 parts and, 1 further, 2 parts"],
  "a missing value": [[{ a: null }], "of null at .a"],
  "a date": [[new Date(0)], "of a Date: samples are of tensors"],
  "a promise": [[Promise.resolve(1)], "of a Promise"],
};

for (const [what, [samples, why]] of Object.entries(refused)) {
  Deno.test(`${what} make no batch`, () => {
    const error = assertThrows(() => defaultCollate(samples), Error, why);
    assertEquals(error instanceof TypeError || error instanceof ShapeError, true);
  });
}

Deno.test("types of batches follow from those of samples", () => {
  const { x, names: [first] } = defaultCollate([{ x: 1, names: ["a", 2] as [string, number] }]);
  const dtype: DType = x.dtype, text: string[] = first;
  assertEquals([dtype, text], ["f32", ["a"]]);
});
