/** Writing, reading, and their order among kernels. */
import * as kernels from "./kernels.ts";
import { contiguousLayout, type DType, e, input, type TypedArray } from "@tapegrad/core";
import { arrayOf, bufferCase, expectSame, through } from "./buffers.ts";
import { inputLayouts, layoutOf, lengthFor, placesOf } from "./layouts.ts";
import { type Draft, dtypesOf, expect, type Row } from "./session.ts";
import { manyValues, whole } from "./values.ts";

type Check = Parameters<typeof bufferCase>[1];

/** `write`: what is read back is the same to the last bit. */
export const writeRow: Row = {
  op: "write",
  cases: (session) => dtypesOf(session).flatMap(writeCases),
};

function writeCases(dtype: DType): readonly Draft[] {
  const values = manyValues(dtype), at = (i: number) => values[i % values.length];
  const one = (detail: string, check: Check) => bufferCase({ op: "write", dtype, detail }, check);
  return [
    ...[0, 1, 3, 5, 64, 1001].map((n) =>
      one(`[${n}]`, async (session, buffers) => {
        const data = arrayOf(dtype, n, at);
        const [back] = await session.read([buffers.holding(dtype, data)]);
        expect(
          back.constructor === data.constructor,
          () => `It reads ${dtype} into ${back.constructor.name}`,
        );
        expectSame(back, data, "read back");
      })
    ),
    one("over the start of what was there", async (session, buffers) => {
      const view = buffers.holding(dtype, arrayOf(dtype, 7, whole(dtype)));
      session.backend.write(view.buffer, arrayOf(dtype, 3, whole(dtype, 1)));
      const [back] = await session.read([view]);
      expectSame(back, Array.from({ length: 7 }, (_, i) => whole(dtype, i < 3 ? 1 : 0)(i)), "read back");
    }),
    one("of an array that changes afterwards", async (session, buffers) => {
      const data = arrayOf(dtype, 5, whole(dtype)),
        before = data.slice(),
        view = buffers.holding(dtype, data);
      data.fill(1);
      expectSame((await session.read([view]))[0], before, "read back");
    }),
  ];
}

/** `read`, and `readSync` where there is one. */
export const readRow: Row = {
  op: "read",
  cases: (session) => dtypesOf(session).flatMap(readCases),
};

function readCases(dtype: DType): readonly Draft[] {
  const one = (detail: string, check: Check) => bufferCase({ op: "read", dtype, detail }, check);
  return [
    ...inputLayouts.map((name) =>
      one(name, async ({ backend }, buffers) => {
        const layout = layoutOf(name, [3, 5]), data = arrayOf(dtype, lengthFor(layout), whole(dtype));
        const view = through(buffers.holding(dtype, data), layout),
          expected = placesOf(layout).map((p) => data[p]);
        expectSame((await backend.read([view]))[0], expected, "read");
        if (backend.readSync) expectSame(backend.readSync(view), expected, "readSync");
      })
    ),
    one("many at once, one of them twice and one empty", async ({ backend }, buffers) => {
      const data = arrayOf(dtype, 12, whole(dtype)), all = buffers.holding(dtype, data);
      const one = through(all, { shape: [], strides: [], offset: 7 }),
        none = through(all, contiguousLayout([0]));
      const turned = through(all, { shape: [4, 3], strides: [1, 4], offset: 0 });
      const arrays = await backend.read([one, all, none, turned, one]);
      const expected = [[data[7]], data, [], placesOf(turned).map((p) => data[p]), [data[7]]];
      arrays.forEach((array, i) => expectSame(array, expected[i], `view ${i}`));
      expect(arrays.length === 5, () => `It read ${arrays.length} views instead of 5`);
    }),
    one("nothing", async ({ backend }) => {
      const { length } = await backend.read([]);
      expect(length === 0, () => `It read ${length} views instead of none`);
    }),
    one("a copy, which may be changed", async ({ backend }, buffers) => {
      const data = arrayOf(dtype, 9, whole(dtype)), view = buffers.holding(dtype, data);
      (await backend.read([view]))[0].fill(1);
      backend.readSync?.(view).fill(1);
      expectSame((await backend.read([view]))[0], data, "read again");
    }),
  ];
}

const add = e.add(input(0), input(1)), increment = e.add(input(0), 1);

/** A read sees what was queued before it, and nothing that came after. */
export const orderRow: Row = {
  op: "order",
  cases: (session) =>
    dtypesOf(session, ["f32", "f64", "i32", "u32"]).flatMap((
      dtype,
    ) => [...orderCases(dtype), ...reuseCases(dtype)]),
};

function orderCase(dtype: DType): (detail: string, check: Check) => Draft {
  return (detail, check) => bufferCase({ op: "order", dtype, detail }, check);
}

function filler(dtype: DType): (value: number, n?: number) => TypedArray {
  return (value, n = 5) => arrayOf(dtype, n, () => value);
}

function orderCases(dtype: DType): readonly Draft[] {
  const one = orderCase(dtype), filled = filler(dtype);
  return [
    one("reads between writes and kernels", async ({ backend }, buffers) => {
      const view = buffers.holding(dtype, filled(1)), reads = [backend.read([view])];
      kernels.map(backend, increment, [view], view);
      reads.push(backend.read([view]));
      backend.write(view.buffer, filled(10));
      reads.push(backend.read([view]));
      kernels.map(backend, add, [view, view], view);
      backend.flush();
      reads.push(backend.read([view]));
      const values = (await Promise.all(reads)).map(([array]) => array);
      [1, 2, 10, 20].forEach((expected, i) => expectSame(values[i], filled(expected), `read ${i}`));
    }),
    one("fifty reads awaited together", async ({ backend }, buffers) => {
      const view = buffers.holding(dtype, filled(0, 100)), reads = [];
      for (let i = 0; i < 50; i++) {
        kernels.map(backend, increment, [view], view);
        reads.push(backend.read([view]));
      }
      (await Promise.all(reads)).forEach(([array], i) => expectSame(array, filled(i + 1, 100), `read ${i}`));
    }),
    one("awaited in the opposite order", async ({ backend }, buffers) => {
      const views = [1, 2, 3].map((value) => buffers.holding(dtype, filled(value)));
      const reads = views.map((view) => backend.read([view]));
      for (let i = 2; i >= 0; i--) expectSame((await reads[i])[0], filled(i + 1), `read ${i}`);
    }),
    one("a long chain", async ({ backend }, buffers) => {
      const view = buffers.holding(dtype, filled(0));
      for (let i = 0; i < 500; i++) kernels.map(backend, increment, [view], view);
      await backend.synchronize();
      expectSame((await backend.read([view]))[0], filled(500), "result");
    }),
  ];
}

// What is queued still finds the elements of a buffer that is overwritten, or freed and made again, afterwards.
function reuseCases(dtype: DType): readonly Draft[] {
  const one = orderCase(dtype), filled = filler(dtype);
  return [
    one("a write after the kernel that reads what it overwrites", async ({ backend }, buffers) => {
      const from = buffers.holding(dtype, filled(3)), to = buffers.room(dtype, 5);
      kernels.map(backend, increment, [from], to);
      backend.write(from.buffer, filled(50));
      expectSame((await backend.read([to]))[0], filled(4), "result");
    }),
    one("a buffer freed while its read is awaited", async ({ backend }, buffers) => {
      const view = buffers.holding(dtype, filled(6, 33)), promise = backend.read([view]);
      buffers.free(view);
      for (let i = 0; i < 4; i++) buffers.holding(dtype, filled(9, 33));
      expectSame((await promise)[0], filled(6, 33), "result");
    }),
    one("a buffer freed once a kernel that reads it is queued", async ({ backend }, buffers) => {
      const from = buffers.holding(dtype, filled(6, 33)), to = buffers.room(dtype, 33);
      kernels.map(backend, increment, [from], to);
      buffers.free(from);
      for (let i = 0; i < 4; i++) buffers.holding(dtype, filled(9, 33));
      expectSame((await backend.read([to]))[0], filled(7, 33), "result");
    }),
  ];
}
