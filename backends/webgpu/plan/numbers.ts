/** The numbers of a plan: parameters of kernels where these take them so, and otherwise memory. */
import { hostArray, type TypedArray } from "@tapegrad/core/backend";
import type { DeviceBuffer } from "../memory/buffers.ts";
import { wordOf } from "../kernels/map.ts";
import type { Executor } from "../stream/executor.ts";
import type { Recording } from "./recording.ts";

/** A memory of numbers. */
interface Numbers {
  readonly buffer: DeviceBuffer;
  /** What it holds. */
  readonly elements: TypedArray;
  /** Where its elements begin among all. */
  readonly place: number;
}

/** All numbers of a plan. */
export class PlanNumbers {
  readonly #all: readonly Numbers[];
  /** Those that kernels read from memory. */
  readonly #bound: ReadonlySet<DeviceBuffer>;
  readonly #words: number[] = [];
  #isSet = false;

  constructor({ numbers, recorder: { spans } }: Recording) {
    this.#bound = new Set(spans.map(({ buffer }) => buffer));
    this.#all = numbers.map(({ buffer, place }) => (
      { buffer, place, elements: hostArray(buffer.dtype, buffer.length) }
    ));
  }

  /** Takes in what a run is given, and gives it as kernels have it among their parameters. */
  set(executor: Executor, numbers: ArrayLike<number>): number[] {
    for (const one of this.#all) if (hasChanged(one, numbers) || !this.#isSet) this.#take(one, executor);
    this.#isSet = true;
    return this.#words;
  }

  #take({ buffer, elements, place }: Numbers, executor: Executor): void {
    for (let i = 0; i < elements.length; i++) this.#words[place + i] = wordOf(buffer.dtype, elements[i]);
    if (elements.length === 1) buffer.setElement(elements.slice());
    else if (elements.length > 0) executor.upload(buffer, elements);
    if (this.#bound.has(buffer)) executor.resident(buffer);
  }
}

function hasChanged({ elements, place }: Numbers, numbers: ArrayLike<number>): boolean {
  let changed = false;
  for (let i = 0; i < elements.length; i++) {
    const before = elements[i];
    elements[i] = numbers[place + i];
    changed ||= !Object.is(before, elements[i]);
  }
  return changed;
}
