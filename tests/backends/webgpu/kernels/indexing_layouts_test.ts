import * as kernels from "../../../../backends/conformance/kernels.ts";
import { type Backend, IndexError, input, sizeOf, type View } from "@tapegrad/core";
import { assertRejects } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { type Call, type Given, put, room, SideBySide, whole } from "../side_by_side.ts";

const flipped = (view: View): View => ({
  ...view,
  strides: view.strides.map((step) => -step),
  offset: view.offset + view.strides.reduce((at, step, axis) => at + step * (view.shape[axis] - 1), 0),
});

const turned = (view: View): View => ({
  ...view,
  shape: view.shape.toReversed(),
  strides: view.strides.toReversed(),
});

const below = (extent: number) => (place: number) => (place + 1) * 7919 % 104729 % extent;

await webGpuTest("gathering reads any layout, along any axis", async (device) => {
  const both = new SideBySide(device);
  const kinds = ["f32", "i32", "u32", "bool", ...device.dtypes.has("f16") ? ["f16" as const] : []] as const;
  for (const dtype of kinds) {
    const x: Given = {
      dtype,
      shape: [7, 5, 3],
      fill: dtype === "u32" || dtype === "bool" ? below(2) : whole,
    };
    for (const [axis, shape] of ([[9, 4, 3], [6, 9, 2], [4, 5, 8]] as const).entries()) {
      const index: Given = { dtype: axis === 0 ? "u32" : "i32", shape, fill: below([7, 5, 3][axis]) };
      const ways: Record<string, Call> = {
        plain: (b, [x, index], z) => kernels.gather(b, x, axis, index, z),
        backward: (b, [x, index], z) => kernels.gather(b, flipped(x), axis, flipped(index), z),
        into: (b, [x, index], z) => kernels.gather(b, x, axis, index, flipped(z)),
        repeated: (b, [x, index], z) =>
          kernels.gather(b, x, axis, { ...index, strides: index.strides.with(axis, 0).with(2, 0) }, z),
        turned: (b, [x, index], z) => kernels.gather(b, turned(x), 2 - axis, turned(index), turned(z)),
      };
      for (const [way, call] of Object.entries(ways)) {
        both.run(`${dtype} along ${axis}, ${way}`, [x, index], { dtype, shape }, call);
      }
    }
  }
  await both.compare();
});

for (const deterministic of [false, true]) {
  const how = deterministic ? "in order" : "as they come";
  await webGpuTest(`scattering reads any layout, along any axis, ${how}`, async (device) => {
    const both = new SideBySide(device), shape = [6, 5, 4];
    const kinds = ["f32", "i32", "u32", "bool", ...device.dtypes.has("f16") ? ["f16" as const] : []] as const;
    for (const dtype of kinds) {
      const fill = dtype === "u32" || dtype === "bool" ? below(2) : whole;
      for (const [axis, given] of ([[11, 4, 4], [6, 1, 3], [2, 5, 9], [0, 5, 4]] as const).entries()) {
        const along = axis % 3,
          base: Given = { dtype, shape, fill },
          source: Given = { dtype, shape: given, fill };
        const index: Given = { dtype: along === 0 ? "u32" : "i32", shape: given, fill: below(shape[along]) };
        const run = (way: string, call: (b: Backend, index: View, source: View, z: View) => void) =>
          both.run(
            `${dtype} along ${axis}, ${way}`,
            [base, index, source],
            { dtype, shape },
            (b, [x, i, s], z) => {
              kernels.map(b, input(0), [x], z);
              call(b, i, s, z);
            },
          );
        for (const kind of ["add", "set"] as const) {
          run(kind, (b, i, s, z) => kernels.scatter(b, kind, along, i, s, z));
          run(`${kind} backward`, (b, i, s, z) => kernels.scatter(b, kind, along, flipped(i), flipped(s), z));
          run(
            `${kind} repeated`,
            (b, i, s, z) =>
              kernels.scatter(b, kind, along, { ...i, strides: i.strides.with((along + 1) % 3, 0) }, s, z),
          );
          run(
            `${kind} one element`,
            (b, i, s, z) => kernels.scatter(b, kind, along, i, { ...s, strides: [0, 0, 0] }, z),
          );
        }
      }
    }
    await both.compare();
  }, { deterministic });
}

await webGpuTest("halves beside those that are added to stay as they are", async (device) => {
  if (!device.dtypes.has("f16")) return;
  const both = new SideBySide(device), specials = [Infinity, NaN, -0, 6e-8, 65504, 1, -Infinity, 2049];
  const base: Given = { dtype: "f16", shape: [16], fill: (i) => i % 2 ? specials[(i - 1) / 2] : i };
  const index: Given = { dtype: "i32", shape: [8], fill: (i) => 2 * i };
  both.run("beside", [base, index, { dtype: "f16", shape: [8], fill: whole }], base, (b, [x, i, s], z) => {
    kernels.map(b, input(0), [x], z);
    kernels.scatter(b, "add", 0, i, s, z);
  });
  const odd: Given = { ...index, fill: (i) => 2 * i + 1 };
  both.run(
    "themselves",
    [base, odd, { dtype: "f16", shape: [8], fill: () => 1 }],
    base,
    (b, [x, i, s], z) => {
      kernels.map(b, input(0), [x], z);
      kernels.scatter(b, "add", 0, i, s, z);
    },
  );
  await both.compare();
});

await webGpuTest(
  "an index out of range is told as it is, of either kind, wherever it is used",
  async (device) => {
    const x = put(device, { dtype: "f32", shape: [3], fill: whole }),
      none = put(device, { dtype: "f32", shape: [0], fill: whole });
    const given = (dtype: "i32" | "u32", value: number) =>
      put(device, { dtype, shape: [4], fill: (i) => i === 2 ? value : 0 });
    const source = put(device, { dtype: "f32", shape: [4], fill: whole });
    const told = async (view: View, says: string) => {
      for (let i = 0; i < 2; i++) await assertRejects(() => device.read([view]), IndexError, says);
      await device.read([x, source]);
    };
    for (
      const [dtype, value, said] of [["i32", -1, "-1"], ["i32", 3, "3"], [
        "u32",
        2 ** 32 - 1,
        "4294967295",
      ]] as const
    ) {
      const out = room(device, "f32", [4]);
      kernels.gather(device, x, 0, given(dtype, value), out);
      await told(out, `index ${said} is out of range, the extent is 3`);
      for (const kind of ["add", "set"] as const) {
        const to = put(device, { dtype: "f32", shape: [3], fill: whole });
        kernels.scatter(device, kind, 0, given(dtype, value), source, to);
        await told(to, `index ${said} is out of range, the extent is 3`);
      }
    }
    const empty = room(device, "f32", [4]);
    kernels.gather(device, none, 0, given("i32", 0), empty);
    await told(empty, "index 0 is out of range, the extent is 0");
    kernels.scatter(device, "add", 0, given("i32", 0), source, none);
    await told(none, "index 0 is out of range, the extent is 0");
  },
  { deterministic: true },
);

await webGpuTest("windows are added where they overlap, along any axis and step", async (device) => {
  const both = new SideBySide(device);
  const kinds = ["f32", "i32", "u32", "bool", ...device.dtypes.has("f16") ? ["f16" as const] : []] as const;
  for (const dtype of kinds) {
    const fill = dtype === "u32" || dtype === "bool" ? below(2) : whole;
    for (
      const [windows, size, step] of [[4, 3, 1], [4, 3, 2], [3, 2, 5], [1, 6, 1], [5, 1, 1], [0, 3, 2], [
        3,
        0,
        2,
      ]]
    ) {
      for (const axis of [0, 1]) {
        const extent = Math.max(0, windows - 1) * step + size + 2;
        const shape = [5, 3].with(axis, windows), to = [5, 3].with(axis, extent);
        const given: Given = { dtype, shape: [...shape, size], fill };
        const told = `${dtype}: ${windows} of ${size} every ${step} along ${axis}`;
        both.run(told, [given], { dtype, shape: to }, (b, [x], z) => kernels.fold(b, x, axis, step, z));
        if (sizeOf(given.shape) === 0) continue;
        both.run(
          `${told}, backward`,
          [given],
          { dtype, shape: to },
          (b, [x], z) => kernels.fold(b, flipped(x), axis, step, flipped(z)),
        );
      }
    }
  }
  await both.compare();
});
