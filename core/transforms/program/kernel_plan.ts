/** A plan where a backend makes none: kernel by kernel, on buffers that stay between runs and are shared in turn. */
import { hostArray, type TypedArray } from "../../base/dtype.ts";
import { slotsOf } from "../../device/arena.ts";
import type { Backend, Buffer, View } from "../../device/backend.ts";
import type { Plan, PlanMemory, PlanRequest, PlanStep, PlanView } from "../../device/plan.ts";
import { Storage } from "../../device/storage.ts";

/** A view whose buffer each run may name anew. */
type Bound = { -readonly [K in keyof View]: View[K] };

/** A step with what its kernel sees. */
interface Ready {
  readonly step: PlanStep;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
}

/** The elements that a number memory has now. */
interface Numbers {
  readonly storage: Storage;
  readonly dtype: PlanMemory["dtype"];
  elements: TypedArray | null;
}

/** Runs the kernels of a request one by one. */
export class KernelPlan implements Plan {
  readonly launches: number;
  readonly #steps: readonly Ready[];
  /** Of each given memory, the views of it, and the buffer that they have. */
  readonly #views: readonly Bound[][];
  readonly #buffers: Buffer[] = [];
  readonly #numbers: readonly Numbers[];
  readonly #storages: readonly Storage[];

  /** Takes memory on a backend. */
  constructor({ memories, steps }: PlanRequest, backend: Backend) {
    const { slots, largest } = slotsOf(memories);
    const made = ({ dtype, length }: PlanMemory): Storage => {
      const storage = new Storage(backend, dtype, length);
      storage.scope = null; // it stays
      return storage;
    };
    const shared = largest.map((i) => made(memories[i]));
    const storages = memories.map((memory, i) =>
      memory.kind === "given" ? null : memory.kind === "inner" ? shared[slots[i]] : made(memory)
    );
    memories.forEach(({ data }, i) => data && storages[i]!.write(data));
    this.#storages = storages.filter((one) => one !== null);
    this.#numbers = memories.flatMap(({ kind, dtype }, i) =>
      kind === "number" ? [{ storage: storages[i]!, dtype, elements: null }] : []
    );
    const views: Bound[][] = memories.filter(({ kind }) => kind === "given").map(() => []);
    const bound = ({ memory, dtype, shape, strides, offset }: PlanView): View => {
      const view: Bound = { buffer: storages[memory]?.buffer as Buffer, dtype, shape, strides, offset };
      views[memory]?.push(view);
      return view;
    };
    this.#steps = steps.map((step) => ({
      step,
      inputs: step.inputs.map(bound),
      outputs: step.outputs.map(bound),
    }));
    this.#views = views;
    this.launches = steps.length;
  }

  // What it has is counted, and collected, as all storages are.
  readonly bytes = 0;

  run(given: readonly Buffer[], numbers: ArrayLike<number>): void {
    for (let i = 0; i < given.length; i++) if (given[i] !== this.#buffers[i]) this.#bind(i, given[i]);
    let at = 0;
    for (const one of this.#numbers) at = setNumbers(one, numbers, at);
    for (const { step, inputs, outputs } of this.#steps) step.run(inputs, outputs);
  }

  #bind(i: number, buffer: Buffer): void {
    this.#buffers[i] = buffer;
    for (const view of this.#views[i]) view.buffer = buffer;
  }

  [Symbol.dispose](): void {
    for (const storage of this.#storages) storage.release();
  }
}

// What a device is given may be on its way for a while: it is not written to again.
function setNumbers(one: Numbers, numbers: ArrayLike<number>, from: number): number {
  const { storage, elements, dtype } = one, to = from + storage.length;
  let same = elements !== null;
  for (let i = from; same && i < to; i++) same = Object.is(elements![i - from], numbers[i]);
  if (same) return to;
  const next = hostArray(dtype, storage.length);
  for (let i = from; i < to; i++) next[i - from] = numbers[i];
  storage.write(one.elements = next);
  return to;
}
