/** How buffers are counted. */
import { bytesPerElement, type DType } from "@tapegrad/core";
import { arrayOf, bufferCase, type Check } from "./buffers.ts";
import type { Outcome } from "./types.ts";
import { type Draft, dtypesOf, expect, expectHeld, mainDtype, passed, type Row } from "./session.ts";

function countingCase(dtype: DType, detail: string, check: Check): Draft {
  return bufferCase({ op: "memory", dtype, detail, alone: true }, check);
}

const lengths = [0, 1, 3, 1000, 100_000];

function allocationCases(dtype: DType): readonly Draft[] {
  return [
    countingCase(dtype, "counts buffers and their bytes", async ({ backend }, buffers) => {
      const before = backend.memory(), bytes = lengths.reduce((a, b) => a + b) * bytesPerElement(dtype);
      const views = lengths.map((n) => buffers.room(dtype, n)), held = backend.memory();
      const more = held.buffers - before.buffers, larger = held.bytes - before.bytes;
      expect(more === views.length, () => `${more} more buffers after ${views.length} were allocated`);
      expect(larger >= bytes, () => `${larger} more bytes after ${bytes} were allocated`);
      for (const view of views) buffers.free(view);
      await backend.synchronize();
      expectHeld(backend, before);
    }),
    countingCase(dtype, "stays level over a hundred rounds", async ({ backend }, buffers) => {
      const before = backend.memory();
      for (let i = 0; i < 100; i++) buffers.free(buffers.holding(dtype, arrayOf(dtype, 500, () => 1)));
      await backend.synchronize();
      expectHeld(backend, before);
    }),
    countingCase(dtype, "tells buffers by their length", ({ backend }) => {
      const buffer = backend.allocate(dtype, 17);
      backend.free(buffer);
      expect(buffer.length === 17, () => `A buffer of 17 elements has length ${buffer.length}`);
      return Promise.resolve();
    }),
  ];
}

/** Counting, and that the kernels of `rows` leave nothing behind. */
export function memoryRow(rows: readonly Row[]): Row {
  return {
    op: "memory",
    cases: (session) => {
      const counted = dtypesOf(session).flatMap(allocationCases);
      return [...counted, ...rows.map((row) => leakCase(row, mainDtype(session)))];
    },
  };
}

function leakCase(row: Row, dtype: DType): Draft {
  return {
    op: "memory",
    dtype,
    detail: `nothing is left by ${row.op}`,
    alone: true,
    async run(session): Promise<Outcome> {
      const before = session.backend.memory();
      const drafts = row.cases(session).filter((draft) => !draft.alone && !session.reasonToSkip(draft));
      const mine = drafts.filter((draft) => draft.dtype === dtype), some = mine.length > 0 ? mine : drafts;
      // Whether they succeed is told in their own row.
      await Promise.allSettled(some.filter((_, i) => i % 3 === 0).map((draft) => draft.run(session)));
      await session.backend.synchronize();
      expectHeld(session.backend, before);
      return passed;
    },
  };
}
