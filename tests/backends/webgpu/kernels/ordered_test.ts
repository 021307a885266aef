import * as kernels from "../../../../backends/conformance/kernels.ts";
import { type Backend, BackendError, type CumulateKind, type DType, type View } from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { type Given, put, room, SideBySide, whole } from "../side_by_side.ts";

interface Asked {
  readonly kind: CumulateKind;
  readonly inputs: readonly Given[];
  readonly axis?: number;
  readonly reverse?: boolean;
}

function queue(both: SideBySide, { kind, inputs, axis = 0, reverse = false }: Asked, ulps = 0): void {
  const { dtype, shape } = inputs[0];
  both.run(
    `${reverse ? "reversed " : ""}${kind} of [${shape}] along ${axis}`,
    inputs,
    { dtype: kind.startsWith("arg") || dtype === "bool" ? "i32" : dtype, shape },
    (backend, views, output) => kernels.cumulate(backend, kind, views, axis, reverse, output),
    ulps,
  );
}

const lengths = [[2, 1], [3, 32], [3, 33], [2, 256], [2, 257], [3, 2048], [2, 2049], [2, 40_000]]
  .map((shape) => ({ shape, axis: 1 }));
const columns = [[31, 40], [300, 9], [5000, 3]].map((shape) => ({ shape, axis: 0 }));

await webGpuTest("running totals of every length go through in both directions", async (device) => {
  const both = new SideBySide(device);
  for (const { shape, axis } of [...lengths, ...columns]) {
    for (const reverse of [false, true]) {
      const x = { dtype: "f32", shape, fill: whole } as const;
      queue(both, { kind: "sum", inputs: [x], axis, reverse });
      queue(both, { kind: "argmax", inputs: [x], axis, reverse });
      const signs = { ...x, dtype: "i32", fill: (i: number) => i % 3 ? -1 : 3 } as const;
      queue(both, { kind: "prod", inputs: [signs], axis, reverse });
      const factors = { ...x, fill: (i: number) => whole(i) / 4 };
      queue(both, { kind: "linear", inputs: [factors, x], axis, reverse }, 16);
    }
  }
  await both.compare();
});

await webGpuTest(
  "running totals of few elements along many lanes, and of dtypes without a sum of their own",
  async (device) => {
    const both = new SideBySide(device);
    queue(both, { kind: "sum", inputs: [{ dtype: "f32", shape: [20_000, 40], fill: whole }], axis: 1 });
    queue(both, { kind: "sum", inputs: [{ dtype: "bool", shape: [900], fill: (i) => i % 3 % 2 }] });
    queue(both, {
      kind: "argmin",
      inputs: [{
        dtype: "bool",
        shape: [50],
        fill: (i) => Number(i < 20),
      }],
    });
    queue(both, {
      kind: "argmin",
      inputs: [{ dtype: "u32", shape: [50], fill: (i) => 2 ** 32 - 1 - i % 30 }],
    });
    const wraps = { dtype: "i32", shape: [700], fill: (i: number) => 2 ** 31 - 1 - i } as const;
    queue(both, { kind: "sum", inputs: [wraps] });
    queue(both, {
      kind: "linear",
      inputs: [{ ...wraps, fill: whole }, wraps].map((x) => ({ ...x, shape: [9] })),
    });
    await both.compare();
  },
);

await webGpuTest("running totals along more than a block of blocks", async (device) => {
  const n = 4_300_000, one = put(device, { dtype: "u32", shape: [], fill: () => 3 });
  const output = room(device, "u32", [n]);
  kernels.cumulate(device, "sum", [{ ...one, shape: [n], strides: [0] }], 0, false, output);
  const [found] = await device.read([output]);
  assert(found.every((v, i) => v === 3 * (i + 1)));
});

function cumulated(
  device: Backend,
  kind: CumulateKind,
  fills: readonly ((i: number) => number)[],
  n: number,
): View {
  const inputs = fills.map((fill) => put(device, { dtype: "f32", shape: [n], fill }));
  const output = room(device, "f32", [n]);
  kernels.cumulate(device, kind, inputs, 0, false, output);
  return output;
}

await webGpuTest("NaN and infinities stay where they are and after that", async (device) => {
  const n = 5000;
  const spoilt = (i: number) => i === 2100 ? Infinity : i === 4200 ? -Infinity : 1;
  const huge = () => 1e30, late = (i: number) => i === 4999 ? 7 : 0;
  const [sums, products, steps, first] = await device.read([
    cumulated(device, "sum", [spoilt], n),
    cumulated(device, "prod", [(i) => i === 4100 ? 0 : i === 4900 ? NaN : 1e30], n),
    cumulated(device, "linear", [huge, late], n),
    cumulated(device, "linear", [(i) => i === 0 ? NaN : 0.5, () => 1], 40),
  ]);
  assertEquals([2099, 2100, 4199, 4200, 4999].map((i) => sums[i]), [2100, Infinity, Infinity, NaN, NaN]);
  assertEquals([0, 1, 4099, 4100, 4899, 4900, 4999].map((i) => products[i]), [
    Math.fround(1e30),
    Infinity,
    Infinity,
    0,
    0,
    NaN,
    NaN,
  ]);
  assertEquals([...new Set(steps.slice(0, 4999)), steps[4999]], [0, 7]);
  assertEquals([first[0], first[1], first[39]], [1, 1.5, 2]);
});

await webGpuTest("the latest of equals is the position, and a NaN for ever", async (device) => {
  const both = new SideBySide(device);
  const fill = (i: number) => i % 1500 === 1400 ? NaN : i % 5 === 0 ? 9 : -0;
  for (const reverse of [false, true]) {
    for (const kind of ["argmax", "argmin"] as const) {
      queue(both, { kind, inputs: [{ dtype: "f32", shape: [5000], fill }], reverse });
      queue(both, {
        kind,
        inputs: [{ dtype: "f32", shape: [20], fill: (i) => [0, -0, 1][i % 3] }],
        reverse,
      });
    }
  }
  await both.compare();
});

await webGpuTest("running sums of 10⁶ elements do not drift", async (device) => {
  const n = 1_000_000, [sums] = await device.read([cumulated(device, "sum", [() => 0.1], n)]);
  let furthest = 0;
  sums.forEach((total: number, i: number) => {
    const exact = (i + 1) * Math.fround(0.1);
    furthest = Math.max(furthest, Math.abs(total - exact) / exact * 2 ** 24);
  });
  assert(furthest <= 6, `${furthest} units off`);
});

await webGpuTest("running totals may be written over what they are of", async (device) => {
  const views = [40, 3000, 9000].map((n) => put(device, { dtype: "i32", shape: [n], fill: () => 2 }));
  for (const view of views) kernels.cumulate(device, "sum", [view], 0, true, view);
  const found = await device.read(views);
  found.forEach((sums) => assert(sums.every((v, i) => v === 2 * (sums.length - i))));
});

function queueSort(both: SideBySide, given: Given, axis: number): void {
  for (const descending of [false, true]) {
    both.run(
      `${descending ? "descending " : ""}order of ${given.dtype} [${given.shape}] along ${axis}`,
      [given],
      { dtype: "i32", shape: given.shape },
      (backend, [view], output) => kernels.argsort(backend, view, axis, descending, output),
    );
  }
}

await webGpuTest("sorting is stable at every length, with NaN as the largest", async (device) => {
  const both = new SideBySide(device);
  const rough = (i: number) => i % 97 ? whole(i) : [NaN, Infinity, -0, 0, -Infinity][i % 5];
  for (
    const { shape, axis } of [...lengths, ...columns, { shape: [1000, 3], axis: 1 }, {
      shape: [2, 512],
      axis: 1,
    }]
  ) {
    queueSort(both, { dtype: "f32", shape, fill: rough }, axis);
  }
  for (const n of [4096, 4097, 9000, 20_000]) queueSort(both, { dtype: "f32", shape: [n], fill: rough }, 0);
  queueSort(both, { dtype: "f32", shape: [30_000], fill: (i) => Math.sin(i * i) }, 0);
  await both.compare();
});

await webGpuTest("sorting orders every dtype, and elements that repeat", async (device) => {
  const both = new SideBySide(device), shape = [2500];
  const fills: [DType, (i: number) => number][] = [
    ["i32", (i) => [2 ** 31 - 1, -(2 ** 31), -1, 0, 1][i * i % 5]],
    ["u32", (i) => [2 ** 32 - 1, 0, 2 ** 31, 1][i * 7 % 4]],
    ["bool", (i) => i * i % 3 % 2],
  ];
  for (const [dtype, fill] of fills) queueSort(both, { dtype, shape, fill }, 0);
  queueSort(both, { dtype: "f32", shape: [3, 700], strides: [1, 0], fill: whole }, 1);
  await both.compare();
});

await webGpuTest(
  "lanes of views that are too large to be bound are taken in turn, and one such lane is refused",
  async (device) => {
    const both = new SideBySide(device), x = { dtype: "f32", shape: [30, 900], fill: whole } as const;
    for (const given of [x, { ...x, shape: [3, 10, 900] }]) {
      const axis = given.shape.length - 1;
      queue(both, { kind: "sum", inputs: [given], axis });
      queue(both, { kind: "argmax", inputs: [given], axis, reverse: true });
      queueSort(both, given, axis);
    }
    queueSort(both, { ...x, shape: [7, 3000] }, 1);
    queue(both, { kind: "sum", inputs: [{ ...x, shape: [900, 30] }], axis: 0 });
    queueSort(both, { ...x, shape: [900, 30] }, 0);
    await both.compare();
    const column = put(device, { ...x, shape: [9000, 3] }), output = room(device, "i32", [9000, 3]);
    assertThrows(
      () => kernels.cumulate(device, "argmax", [column], 0, false, output),
      BackendError,
      "Cannot cumulate [9000, 3]",
    );
    assertThrows(() => kernels.argsort(device, column, 0, false, output), BackendError, "split the tensor");
  },
  { bindingBytes: 16_384 },
);
