/** Each primitive's rule for batches, against a loop over the batch: bit for bit. */
import { ops, type Primitive, TapeError, tensor } from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { primitiveNamed } from "../../../core/call/catalog.ts";
import { backend } from "../../backend_traits.ts";
import { rows, type Sample } from "./batch_rows.ts";
import { assertSame, type Axes, byRule, byRuleTwice, type Comparison } from "./batching.ts";

/** First, last and middle. */
function placesIn(rank: number): number[] {
  return [...new Set([0, rank, rank + 1 >> 1])];
}

/** The batches of one input, of each two, and of all, at several places. */
function axesOf({ inputs, always = [] }: Sample): Axes[] {
  const count = inputs.length, all = inputs.map((_, i) => i);
  const sets = [...all.map((i) => [i]), ...all.flatMap((i) => all.slice(i + 1).map((k) => [i, k]))];
  if (count > 2) sets.push(all);
  return sets.filter((set) => always.every((i) => set.includes(i))).flatMap((set) => {
    const [first, ...rest] = set.map((i) => placesIn(inputs[i].shape.length));
    const choices = first.flatMap((_, p) => rest.length === 0 ? [[p]] : [0, 1, 2].map((turn) => [p, turn]));
    return choices.map(([p, turn]) =>
      all.map((i) => {
        const k = set.indexOf(i);
        if (k < 0) return null;
        return k === 0 ? first[p] : rest[k - 1][(p + turn * k) % rest[k - 1].length];
      })
    );
  });
}

function each(
  samples: readonly Sample[],
  compare: (sample: Sample, axes: Axes) => Comparison,
): Comparison[] {
  return samples.flatMap((sample) => axesOf(sample).map((axes) => compare(sample, axes)));
}

const listed = ops().filter(({ kind, arity }) => kind === "primitive" && arity > 0).map(({ name }) => name);

Deno.test("each primitive that takes tensors has a row", () => {
  assertEquals(listed.filter((name) => !Object.hasOwn(rows, name)), [], "add samples to batch_rows.ts");
  assertEquals(Object.keys(rows).filter((name) => !listed.includes(name)), []);
});

for (const [name, samples] of Object.entries(rows)) {
  const op: Primitive = primitiveNamed(name);
  Deno.test(`the rule of ${name} for batches gives what a loop does`, async () => {
    await assertSame(each(samples, (sample, axes) => byRule(op, sample, axes, 3, backend)));
  });

  Deno.test(`the rule of ${name} holds for batches of one and of none`, async () => {
    for (const size of [1, 0]) {
      await assertSame(each(samples, (sample, axes) => byRule(op, sample, axes, size, backend)));
    }
  });

  Deno.test(`the rule of ${name} holds in a batch of batches`, async () => {
    await assertSame(each(samples, (sample, axes) => byRuleTwice(op, sample, axes, backend)));
  });
}

Deno.test("what counts takes no tensors, so it is the same for all of a batch", async () => {
  const iota: Primitive<{ length: number }> = primitiveNamed("iota");
  const { outputs: [counted], axes } = iota.batch([], [], { length: 3 });
  assertEquals([await counted.array(), axes], [[0, 1, 2], [null]]);
});

Deno.test("what all elements of a batch share is not changed once for each", () => {
  const update: Primitive = primitiveNamed("update");
  const [sample] = rows.update, shared = tensor([[1, 2, 3], [4, 5, 6]]);
  const batch = tensor([[1, 2, 3], [4, 5, 6]]);
  assertThrows(
    () => update.batch([shared, batch], [null, 0], sample.attributes),
    TapeError,
    "Cannot addInPlace a tensor once for each element of a batch: it is shared by all of them",
  );
});
