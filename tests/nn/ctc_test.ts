/** Connectionist temporal classification by its definition, through a log softmax, and at its edges. */
import {
  DtypeError,
  grad,
  IndexError,
  logSoftmax,
  read,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "@tapegrad/core";
import { ctcLoss, type CTCOptions } from "@tapegrad/nn";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertRefuses, type ErrorClass, precise, precision, within } from "../backend_traits.ts";
import { checkDerivatives } from "../proof/gradients/checks.ts";
import { sample } from "../table/row.ts";

const none = { reduction: "none" } as const;
const i32 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: "i32" });

/** Scores `[frames, batch, classes]` that look like any. */
function scores(frames: number, batch: number, classes: number): number[][][] {
  const at = (t: number, n: number, c: number) => Math.sin(1.7 * t + 2.3 * n + 3.1 * c) * 2;
  return Array.from(
    { length: frames },
    (_, t) => Array.from({ length: batch }, (_, n) => Array.from({ length: classes }, (_, c) => at(t, n, c))),
  );
}

function logs(frames: number, batch: number, classes: number): Tensor {
  return logSoftmax(precise(scores(frames, batch, classes)), 2);
}

/** What is left of a path without repetitions and blanks. */
function collapsed(path: readonly number[], blank: number): string {
  return path.filter((c, t) => c !== blank && c !== path[t - 1]).join();
}

/** The definition: -log of the sum over all paths that collapse to the labels. */
function byDefinition(rows: readonly (readonly number[])[], labels: readonly number[], blank = 0): number {
  let total = 0;
  const walk = (path: readonly number[], chance: number): void => {
    if (path.length < rows.length) {
      return rows[path.length].forEach((log, c) => walk([...path, c], chance + log));
    }
    if (collapsed(path, blank) === labels.join()) total += Math.exp(chance);
  };
  walk([], 0);
  return -Math.log(total);
}

Deno.test("ctcLoss is what all alignments add up to", async () => {
  const frames = [5, 4, 5, 3, 2, 0, 0], labels = [[1, 2, 2], [1, 1], [], [2, 1, 2], [1, 1], [], [1]];
  const x = logs(5, labels.length, 3), rows = await x.array() as number[][][];
  const padded = i32(labels.map((row) => [...row, 0, 0, 0].slice(0, 3)));
  const counts = labels.map((row) => row.length);
  for (const blank of [0, 1]) {
    const found = await ctcLoss(x, padded, frames, counts, { ...none, blank }).array() as number[];
    labels.forEach((row, n) => {
      if (row.includes(blank)) return;
      const expected = byDefinition(rows.slice(0, frames[n]).map((frame) => frame[n]), row, blank);
      if (expected === Infinity) assertEquals(found[n], Infinity);
      else assertAlmostEquals(found[n], expected, within(1e-12, 1e-5), `sequence ${n}, blank ${blank}`);
    });
  }
});

const ways: Readonly<Record<string, [shape: number[], call: (x: Tensor) => Tensor]>> = {
  "repeated labels, and fewer frames": [
    [5, 2, 3],
    (x) => ctcLoss(x, like(x, [[1, 1], [2, 1]]), [5, 4], [2, 2], none),
  ],
  "no labels, and labels one after the other": [
    [4, 3, 3],
    (x) => ctcLoss(x, like(x, [2, 1, 2]), [4, 3, 4], [1, 0, 2]),
  ],
  "a sequence alone": [[4, 3], (x) => ctcLoss(x, like(x, [0, 1]), 4, 2, { blank: 2, reduction: "sum" })],
};

function like({ backend }: Tensor, values: number[] | number[][]): Tensor {
  return tensor(values, { dtype: "i32", backend: backend.name });
}

for (const [name, [shape, call]] of Object.entries(ways)) {
  Deno.test(`ctcLoss through a log softmax has right derivatives to second order: ${name}`, () =>
    checkDerivatives({
      op: "ctcLoss",
      name,
      inputs: () => [sample(shape)],
      call: (x) => call(logSoftmax(x, -1)),
    }));
}

Deno.test("labels one after the other, lengths as tensors and lists, and one sequence by vmap are the same", async () => {
  const x = logs(6, 3, 4), padded = i32([[1, 2, 2], [3, 9, -7], [0, 0, 0]]), counts = [3, 1, 0];
  const frames = [6, 2, 4], lengths = i32(frames), u32 = tensor(counts, { dtype: "u32" });
  const [expected] = await read([ctcLoss(x, padded, frames, counts, none)]);
  for (
    const other of [
      ctcLoss(x, padded, lengths, u32, none),
      ctcLoss(x, i32([1, 2, 2, 3]), frames, counts, none),
      ctcLoss(x, i32([1, 2, 2, 3]), lengths, i32(counts), none),
      ctcLoss(x, tensor([1, 2, 2, 3], { dtype: "u32" }), frames, u32, none),
    ]
  ) assertEquals((await read([other]))[0], expected);
  const alone = vmap((logs: Tensor) => ctcLoss(logs, i32([1, 2, 2]), 6, 3, none), { inAxes: 1 })(x);
  const together = ctcLoss(x, i32([[1, 2, 2], [1, 2, 2], [1, 2, 2]]), [6, 6, 6], [3, 3, 3], none);
  const [a, b] = await read([alone, together]);
  assertEquals(a, b);
});

Deno.test("what lies beyond the frames and the labels that count reaches neither losses nor gradients", async () => {
  const of = (rest: number) => {
    const values = scores(4, 1, 3).map((frame, t) => t < 3 ? frame : [[rest, rest, rest]]);
    const labels = i32([[1, 2, rest === 0 ? 0 : 7]]);
    const pull = grad((x: Tensor) => ctcLoss(x, labels, i32([3]), i32([2]), { reduction: "sum" }));
    const x = precise(values);
    return read([ctcLoss(x, labels, [3], [2], none), pull(x)]);
  };
  assertEquals(await of(NaN), await of(0));
  assertEquals([...(await of(NaN))[1].slice(-3)], [0, 0, 0]);
});

Deno.test("labels that no frames suffice for are infinitely far, or leave the loss out", async () => {
  const x = logs(3, 2, 3), target = i32([[1, 1], [1, 2]]);
  const of = (options: CTCOptions) => {
    const call = (x: Tensor) => ctcLoss(x, target, [2, 2], [2, 2], { reduction: "sum", ...options });
    return read([ctcLoss(x, target, [2, 2], [2, 2], { ...none, ...options }), grad(call)(x)]);
  };
  const [[lost, kept], slopes] = await of({});
  assertEquals([lost, Number.isFinite(kept), slopes[0], Number.isFinite(slopes[3])], [
    Infinity,
    true,
    NaN,
    true,
  ]);
  const [losses, all] = await of({ zeroInfinity: true });
  assertEquals([...losses], [0, kept]);
  assertEquals([...all.slice(0, 3), ...all.slice(6, 9)], [0, 0, 0, 0, 0, 0]);
  assertEquals(await ctcLoss(x, i32([1, 1, 1, 1, 1, 2]), [3, 3], i32([4, 2]), none).array(), [
    Infinity,
    await ctcLoss(x.slice(null, [1]), i32([[1, 2]]), [3], [2]).mul(2).item(),
  ]);
});

Deno.test("long sequences neither underflow nor lose digits: in each frame the gradient of scores adds up to 0", async () => {
  const frames = 300, labels = Array.from({ length: 40 }, (_, i) => 1 + (i * 7) % 5);
  const x = precise(scores(frames, 1, 6)).mul(20);
  const loss = (x: Tensor) => ctcLoss(logSoftmax(x, 2), i32([labels]), [frames], [40], { reduction: "sum" });
  const [[value], sums] = await read([loss(x), grad(loss)(x).sum(2)]);
  assertEquals(Number.isFinite(value) && value > 100, true);
  for (const each of sums) assertAlmostEquals(each, 0, within(1e-10, 2e-4));
});

Deno.test("labels that are no classes, and lengths beyond what there is, are refused on any device", async () => {
  const x = zeros([4, 1, 3], { dtype: precision }), target = i32([[1, 2]]);
  await assertRefuses(() => ctcLoss(x, i32([[1, 3]]), [4], [2]), IndexError, "3");
  await assertRefuses(() => ctcLoss(x, i32([[1, -1]]), [4], [2]), IndexError, "-1");
  await assertRefuses(() => ctcLoss(x, target, i32([5]), [2]), IndexError, "5");
  await assertRefuses(() => ctcLoss(x, target, [4], i32([3])), IndexError, "3");
  assertThrows(
    () => ctcLoss(x, target, [5], [2]),
    RangeError,
    "Cannot take the ctcLoss of 5 frames: there are 0 to 4",
  );
  assertThrows(() => ctcLoss(x, target, [4], [2.5]), RangeError, "2.5 labels: there are 0 to 2");
});

Deno.test("what does not fit is refused, and said", () => {
  const x = zeros([4, 2, 3]), target = i32([[1], [2]]);
  const fails = (call: () => Tensor, kind: ErrorClass, text: string) => assertThrows(call, kind, text);
  fails(() => ctcLoss(zeros([4]), target, [4, 4], [1, 1]), ShapeError, "[frames, batch, classes]");
  fails(() => ctcLoss(x, i32([[1]]), [4, 4], [1, 1]), ShapeError, "targets have the shape [2, labels]");
  fails(() => ctcLoss(x, target, [4], [1, 1]), ShapeError, "numbers of frames");
  fails(
    () => ctcLoss(x, target, [4, 4], i32([1])),
    ShapeError,
    "numbers of labels [1]: one a sequence is needed, [2]",
  );
  fails(() => ctcLoss(x, target, [4, 4], [1, 1], { blank: 3 }), RangeError, "a blank of 3");
  fails(() => ctcLoss(x, zeros([2, 1]), [4, 4], [1, 1]), DtypeError, 'cast with to("i32")');
  fails(() => ctcLoss(i32([[[1]]]), target, [1], [1]), DtypeError, "i32");
  fails(() => ctcLoss(x, target, zeros([2]), [1, 1]), DtypeError, "f32");
  fails(() => ctcLoss(x, target, "four" as never, [1, 1]), TypeError, "four");
});
