/** What a backend's buffers take while something runs. */
import { bytesPerElement } from "@tapegrad/core/backend";
import { currentBackend } from "@tapegrad/tapegrad";
import type { Contender } from "./measure.ts";

/** So many runs come first: a compiled function is called itself in the first of them. */
const BEFORE = 4;

/**
 * A contender whose buffers count: the MiB that were allocated and not freed at most during a run, less those that there
 * were when it was made, with what a plan keeps between runs. Other than the memory of the process they tell of a
 * compiled function too, whose first calls take what it takes when it is not compiled.
 */
export function held(run: () => unknown, answer: Contender["answer"]): Contender {
  const counted = countBuffers();
  return {
    answer,
    async measure(): Promise<number> {
      for (let i = 0; i < BEFORE; i++) await run();
      counted.most = counted.now;
      await run();
      return counted.most / 2 ** 20;
    },
  };
}

/** Bytes that are allocated from now on and not freed. */
function countBuffers(): { now: number; most: number } {
  const backend = currentBackend(), bytes = new WeakMap<object, number>(), counted = { now: 0, most: 0 };
  const add = (more: number): void => {
    counted.now += more;
    counted.most = Math.max(counted.most, counted.now);
  };
  const { allocate, free, plan } = backend;
  backend.allocate = (dtype, length) => {
    const buffer = allocate.call(backend, dtype, length), size = length * bytesPerElement(dtype);
    bytes.set(buffer, size);
    add(size);
    return buffer;
  };
  backend.free = (buffer) => {
    add(-(bytes.get(buffer) ?? 0));
    free.call(backend, buffer);
  };
  if (plan) {
    backend.plan = (request) => {
      const before = counted.now, made = plan.call(backend, request);
      // Unless it was allocated as buffers are.
      if (made) add(Math.max(0, before + made.bytes - counted.now));
      return made;
    };
  }
  return counted;
}
