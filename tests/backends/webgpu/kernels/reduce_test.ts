import * as kernels from "../../../../backends/conformance/kernels.ts";
import { type Backend, e, type Expr, input, type ReduceKind, sizeOf, type View } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { put, room, SideBySide, whole } from "../side_by_side.ts";

function sum(device: Backend, view: View, axes: readonly number[]): View {
  const output = room(
    device,
    view.dtype === "bool" ? "i32" : view.dtype,
    view.shape.filter((_, i) => !axes.includes(i)),
  );
  kernels.reduce(device, "sum", input(0), [view], axes, output);
  return output;
}

await webGpuTest(
  "rows and columns of every length are reduced right, whoever shares the work",
  async (device) => {
    const both = new SideBySide(device);
    const rows = [1, 2, 32, 33, 64, 256, 257, 1023, 16400, 40000].map((n) => ({ shape: [3, n], axis: 1 }));
    const columns = [[33, 15], [33, 16], [40, 17], [700, 40], [8300, 16], [40000, 4], [20000, 33]]
      .map((shape) => ({ shape, axis: 0 }));
    const kinds = ["sum", "max", "argmin"] as const;
    for (const { shape, axis } of [...rows, ...columns]) {
      for (const kind of kinds) {
        const dtype = kind === "argmin" ? "i32" : "f32";
        both.run(
          `${kind} of [${shape}] over ${axis}`,
          [{ dtype: "f32", shape, fill: whole }],
          { dtype, shape: [shape[1 - axis]] },
          (backend, inputs, output) => kernels.reduce(backend, kind, input(0), inputs, [axis], output),
        );
      }
    }
    await both.compare();
  },
);

await webGpuTest("sums of 10⁶ elements do not drift, whichever way they lie", async (device) => {
  const n = 1_000_000, x = put(device, { dtype: "f32", shape: [n], fill: () => 0.1 });
  const seen = (shape: readonly number[], strides: readonly number[]): View => ({ ...x, shape, strides });
  const element = put(device, { dtype: "f32", shape: [], fill: () => 0.1 });
  const ways: Record<string, View> = {
    "in a row": sum(device, x, [0]),
    backward: sum(device, { ...seen([n], [-1]), offset: n - 1 }, [0]),
    "in columns": sum(device, seen([n / 20, 20], [20, 1]), [0]),
    "in few columns": sum(device, seen([n / 4, 4], [4, 1]), [0]),
    "in very many columns": sum(device, seen([500, 66_000], [1, 0]), [0]),
    "in rows": sum(device, seen([n / 500, 500], [500, 1]), [1]),
    "in short rows": sum(device, seen([n / 4, 2, 2], [4, 2, 1]), [0, 2]),
    "one element": sum(device, { ...element, shape: [n], strides: [0] }, [0]),
  };
  const found = await device.read(Object.values(ways));
  Object.keys(ways).forEach((way, i) => {
    const count = way === "in very many columns" ? 500 : n / found[i].length;
    const exact = count * Math.fround(0.1);
    for (const total of found[i]) {
      const ulps = Math.abs(total - exact) / exact * 2 ** 24;
      assert(ulps <= 6, `${way}: ${total} is ${ulps} units off ${exact}`);
    }
  });
});

await webGpuTest(
  "the first of equals is the position wherever it lies, and the first NaN before all",
  async (device) => {
    const n = 150_000,
      fills: Record<number, (i: number) => number> = {
        0: () => 5,
        77_777: (i) => i < 77_777 ? 1 : 2,
        99_999: (i) => i === 99_999 || i > 140_000 ? NaN : i,
        149_999: (i) => i === 149_999 ? Infinity : -Infinity,
        3: (i) => i === 3 ? -0 : i > 3 ? 0 : -1e-30,
      };
    const outputs = Object.values(fills).map((fill) => {
      const output = room(device, "i32", []);
      kernels.reduce(
        device,
        "argmax",
        input(0),
        [put(device, { dtype: "f32", shape: [n], fill })],
        [0],
        output,
      );
      return output;
    });
    assertEquals(
      (await device.read(outputs)).map(([at]) => at).sort((a, b) => a - b),
      Object.keys(fills).map(Number),
    );
  },
);

await webGpuTest("a position over several axes counts row by row", async (device) => {
  const x = put(device, { dtype: "f32", shape: [3, 4, 50], fill: (i) => i === 2 * 200 + 50 + 7 ? 9 : i % 3 });
  const all = room(device, "i32", []), outer = room(device, "i32", [4]);
  kernels.reduce(device, "argmax", input(0), [x], [0, 1, 2], all);
  kernels.reduce(device, "argmax", input(0), [x], [0, 2], outer);
  const [whole, parts] = await device.read([all, outer]);
  assertEquals([...whole], [2 * 200 + 50 + 7]);
  assertEquals([...parts], [2, 2 * 50 + 7, 1, 2]);
});

await webGpuTest("more outputs than a dispatch has workgroups along an axis", async (device) => {
  const pair = put(device, { dtype: "u32", shape: [2], fill: (i) => i + 1 });
  const many = sum(device, { ...pair, shape: [4_200_000, 2], strides: [0, 1] }, [1]);
  const rows = sum(device, { ...pair, shape: [66_000, 2, 150], strides: [0, 1, 0] }, [1, 2]);
  const [short, long] = await device.read([many, rows]);
  assert(short.length === 4_200_000 && short.every((v) => v === 3));
  assert(long.length === 66_000 && long.every((v) => v === 450));
});

await webGpuTest("a fused expression reads its inputs where they are", async (device) => {
  const both = new SideBySide(device), shape = [60, 70];
  const a = { dtype: "f32", shape, fill: whole } as const,
    flags = { dtype: "bool", shape, fill: (i: number) => i % 3 % 2 } as const;
  const repeated = { ...a, strides: [0, 1] }, element = { ...a, fill: () => -2, strides: [0, 0] };
  const run = (told: string, kind: ReduceKind, expr: Expr, inputs: Parameters<SideBySide["run"]>[1]) => {
    for (const axis of [0, 1]) {
      both.run(
        `${kind} of ${told} over ${axis}`,
        inputs,
        { dtype: kind === "any" ? "bool" : kind === "argmax" ? "i32" : "f32", shape: [shape[1 - axis]] },
        (backend, views, output) => kernels.reduce(backend, kind, expr, views, [axis], output),
      );
    }
  };
  const [x, y, z] = [0, 1, 2].map(input);
  run("x·y + z", "sum", e.add(e.mul(x, y), z), [a, repeated, element]);
  run("x where y", "sum", e.select(y, x, 0), [a, flags]);
  run("x > y", "any", e.lt(y, x), [a, { ...a, fill: () => 2 }]);
  run("x·y", "argmax", e.mul(x, y), [element, a]);
  run("y alone", "max", y, [flags, a]);
  await both.compare();
});

await webGpuTest("more inputs than a kernel may bind", async (device) => {
  const count = 40, shape = [3, 50];
  const inputs = Array.from(
    { length: count },
    (_, k) => put(device, { dtype: "i32", shape, fill: (i) => i * (k + 1) }),
  );
  const expr = inputs.map((_, k): Expr => input(k)).reduce((a, b) => e.add(a, b)),
    output = room(device, "i32", [3]);
  kernels.reduce(device, "sum", expr, inputs, [1], output);
  const [found] = await device.read([output]);
  const row = (r: number) => Array.from({ length: 50 }, (_, i) => r * 50 + i).reduce((a, b) => a + b);
  assertEquals([...found], [0, 1, 2].map((r) => row(r) * count * (count + 1) / 2));
});

await webGpuTest("products overflow only as a whole", async (device) => {
  const cases: [number, number, (i: number) => number][] = [
    [0, 400, (i) => i === 0 ? 0 : 1e30],
    [1, 50_000, (i) => i < 25_000 ? 2 : 0.5],
    [2 ** -140, 300, (i) => i < 140 ? 0.5 : 1],
    [Infinity, 300, () => -2],
    [NaN, 300, (i) => i === 0 ? 0 : i === 299 ? Infinity : 1],
  ];
  const outputs = cases.map(([, n, fill]) => {
    const output = room(device, "f32", []);
    kernels.reduce(device, "prod", input(0), [put(device, { dtype: "f32", shape: [n], fill })], [0], output);
    return output;
  });
  const found = (await device.read(outputs)).map(([v]) => v);
  // A device may flush what is smaller than its smallest normal number.
  const isFlushed = found[2] === 0;
  assertEquals(found, cases.map(([exact], i) => i === 2 && isFlushed ? 0 : exact));
});

await webGpuTest("halves are summed as floats, and truth values as integers", async (device) => {
  const flags = sum(device, put(device, { dtype: "bool", shape: [100_000], fill: (i) => i % 4 ? 0 : 1 }), [
    0,
  ]);
  const halves = device.dtypes.has("f16")
    ? [sum(device, put(device, { dtype: "f16", shape: [10_000], fill: () => 1 }), [0])]
    : [];
  assertEquals((await device.read([flags, ...halves])).map(([v]) => v), [
    25_000,
    ...halves.map(() => 10_000),
  ]);
});

await webGpuTest("reductions of nothing", async (device) => {
  const kinds = { sum: 0, prod: 1, any: 0, all: 1 } as const, shape = [3, 0];
  const outputs = Object.keys(kinds).map((kind) => {
    const output = room(device, kind.startsWith("a") ? "bool" : "f32", [3]);
    kernels.reduce(
      device,
      kind as ReduceKind,
      input(0),
      [put(device, { dtype: "f32", shape, fill: () => 0 })],
      [1],
      output,
    );
    return output;
  });
  const found = await device.read(outputs);
  assertEquals(found.map((v) => [...v]), Object.values(kinds).map((v) => [v, v, v]));
  assertEquals(sizeOf(shape), 0);
});

await webGpuTest(
  "views that are too large to be bound are reduced in pieces",
  async (device) => {
    const both = new SideBySide(device), fill = (i: number) => i === 21_000 ? 9 : whole(i);
    const cases: { shape: number[]; axes: number[]; strides?: number[] }[] = [
      { shape: [40, 700], axes: [0] },
      { shape: [40, 700], axes: [1] },
      { shape: [40, 700], axes: [0, 1] },
      { shape: [40, 700], axes: [0, 1], strides: [1, 40] },
      { shape: [3, 20_000], axes: [0] },
      { shape: [20_000, 3], axes: [1] },
      { shape: [20, 7, 200], axes: [0, 2] },
    ];
    for (const { shape, axes, strides } of cases) {
      for (const kind of ["sum", "min", "argmax"] as const) {
        // The reference knows positions along one axis only.
        if (kind === "argmax" && axes.length > 1) continue;
        both.run(
          `${kind} of [${shape}] over [${axes}]`,
          [{ dtype: "f32", shape, fill, strides }],
          {
            dtype: kind === "argmax" ? "i32" : "f32",
            shape: shape.filter((_, axis) => !axes.includes(axis)),
          },
          (backend, inputs, output) => kernels.reduce(backend, kind, input(0), inputs, axes, output),
        );
      }
    }
    await both.compare();
    const row = put(device, { dtype: "f32", shape: [28_000], fill }), at = room(device, "i32", []);
    kernels.reduce(device, "argmax", input(0), [{ ...row, shape: [40, 1, 700], strides: [700, 0, 1] }], [
      0,
      1,
      2,
    ], at);
    assertEquals([...(await device.read([at]))[0]], [21_000]);
  },
  { bindingBytes: 16_384 },
);
