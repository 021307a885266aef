/** Buffers that a case makes by hand. */
import {
  type Buffer,
  contiguousLayout,
  type DType,
  hostArray,
  type Layout,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import { show } from "./compare.ts";
import type { Outcome } from "./types.ts";
import { type Draft, expect, passed, type Session } from "./session.ts";

/** Buffers of one case, freed with it. */
export class Buffers {
  readonly #made = new Set<Buffer>();
  readonly #session: Session;

  /** None yet, on the backend of a session. */
  constructor(session: Session) {
    this.#session = session;
  }

  /** A buffer that holds an array, as a view. */
  holding(dtype: DType, data: TypedArray): View {
    const view = this.room(dtype, data.length);
    if (data.length > 0) this.#session.backend.write(view.buffer, data);
    return view;
  }

  /** A buffer with any content, as a view. */
  room(dtype: DType, length: number): View {
    const buffer = this.#session.backend.allocate(dtype, length);
    this.#made.add(buffer);
    return { buffer, dtype, ...contiguousLayout([length]) };
  }

  /** Frees one before the others. */
  free({ buffer }: View): void {
    this.#made.delete(buffer);
    this.#session.backend.free(buffer);
  }

  /** Frees those that are left. */
  freeAll(): void {
    for (const buffer of this.#made) this.#session.backend.free(buffer);
  }
}

/** Tries something; what it throws is a failure. */
export type Check = (session: Session, buffers: Buffers) => Promise<void>;

/** A case with buffers of its own. */
export function bufferCase(subject: Omit<Draft, "run">, check: Check): Draft {
  return {
    ...subject,
    async run(session): Promise<Outcome> {
      const buffers = new Buffers(session);
      try {
        await check(session, buffers);
        return passed;
      } finally {
        buffers.freeAll();
      }
    },
  };
}

/** A host array of numbers. */
export function arrayOf(dtype: DType, length: number, fill: (i: number) => number): TypedArray {
  const array = hostArray(dtype, length);
  for (let i = 0; i < length; i++) array[i] = fill(i);
  return array;
}

/** A view of a view's buffer in another layout. */
export function through({ buffer, dtype }: View, { shape, strides, offset }: Layout): View {
  return { buffer, dtype, shape, strides, offset };
}

/** Refuses an array that is not exactly another. */
export function expectSame(actual: TypedArray, expected: ArrayLike<number>, what: string): void {
  expect(
    actual.length === expected.length,
    () => `${what}: ${actual.length} elements instead of ${expected.length}`,
  );
  for (let i = 0; i < actual.length; i++) {
    expect(
      Object.is(actual[i], expected[i]),
      () => `${what}: ${show(actual[i])} at ${i} instead of ${show(expected[i])}`,
    );
  }
}
