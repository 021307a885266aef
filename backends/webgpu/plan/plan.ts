/** Programs as dispatches that are queued again at each run. */
import { type Plan, type PlanRequest, slotsOf, type View } from "@tapegrad/core/backend";
import { type Dependence, join } from "../device/dependence.ts";
import { type Block, bufferOf, type DeviceBuffer } from "../memory/buffers.ts";
import type { Executor } from "../stream/executor.ts";
import type { KeptParameters } from "../stream/stream.ts";
import { Dependences } from "./dependences.ts";
import { PlanNumbers } from "./numbers.ts";
import { type Called, type Span, writes } from "./recorder.ts";
import { type PlanKernels, recorded, type Recording } from "./recording.ts";
import { Repeated, settled } from "./repeated.ts";

/** A plan of what the kernels of a request dispatch. */
export function planOn(executor: Executor, request: PlanRequest, kernels: PlanKernels): WebGpuPlan {
  const recording = recorded(executor, request, kernels), { recorder, given, kept } = recording;
  const open = new Map(
    [...given, ...recorder.uses.map(({ view }) => view.buffer)].map((buffer, i) => [buffer, i]),
  );
  const own = recorder.spans.filter(({ buffer }) => !open.has(buffer) && !kept.has(buffer));
  const blocks = placed(executor, own);
  for (const { buffer } of recorder.spans) if (kept.has(buffer)) blocks.push(executor.resident(buffer));
  const items = recorder.items.map((item) => item.program === null ? item : new Repeated(item, open));
  const parameters = settled(executor.stream, items.filter((item) => item instanceof Repeated));
  return new WebGpuPlan(executor, recording, { items, blocks, parameters });
}

/** What a plan runs, and what it holds. */
interface Held {
  readonly items: readonly (Repeated | Called)[];
  readonly blocks: readonly Block[];
  /** Parameters that never change. */
  readonly parameters: KeptParameters | null;
}

/** Results of one run are often there until the next has run, or the one after that. */
const MOST_PLACES = 3;

/** A plan on one device. */
export class WebGpuPlan implements Plan {
  readonly launches: number;
  readonly bytes: number;
  readonly #executor: Executor;
  readonly #recording: Recording;
  readonly #held: Held;
  readonly #calls: readonly Called[];
  readonly #numbers: PlanNumbers;
  readonly #dependences: Dependences;
  /** Which of what is given is written. */
  readonly #written: readonly number[];
  /** Where what each run was given lay, lately. */
  readonly #before: Block[][] = [];
  #isDisposed = false;

  /** A plan of what was recorded. */
  constructor(executor: Executor, recording: Recording, held: Held) {
    const { given, inner, sources, recorder: { items, uses } } = recording;
    this.#executor = executor;
    this.#recording = recording;
    this.#held = held;
    this.#calls = items.filter((item) => item.program === null);
    this.#numbers = new PlanNumbers(recording);
    this.#dependences = new Dependences(given, [
      ...sources,
      ...uses,
      ...this.#calls.map(({ source }) => source),
    ]);
    this.#written = given.flatMap((buffer, i) => items.some((item) => writes(item, buffer)) ? [i] : []);
    for (const buffer of [...given, ...inner]) buffer.dependence = null;
    this.launches = items.length;
    this.bytes = [...held.blocks, held.parameters].reduce((sum, block) => sum + (block?.size ?? 0), 0);
  }

  run(given: readonly DeviceBuffer[], numbers: ArrayLike<number>): void {
    const executor = this.#executor, { stream, programs, faults } = executor;
    executor.check();
    const uses = this.#recording.recorder.uses.map(({ describe }) => faults.watch(describe));
    const buffers = uses.length === 0 ? given : [...given, ...uses.map(({ view }) => view.buffer)];
    for (let i = 0; i < buffers.length; i++) this.#reside(buffers[i], i);
    for (const i of this.#written) given[i].element = null;
    const words = this.#numbers.set(executor, numbers);
    uses.forEach(({ slot }, k) => words[this.#recording.count + k] = slot);
    const found: (Dependence | null)[] = given.map(({ dependence }) => faults.left(dependence));
    found.push(...uses);
    for (const item of this.#held.items) {
      if (item instanceof Repeated) item.queue(stream, programs, buffers, words);
      else found.push(this.#call(item, given));
    }
    this.#dependences.spread(given, found);
  }

  // Results lie where those of a run before lay, if that is free: so bindings are found again.
  #reside(buffer: DeviceBuffer, i: number): void {
    const before = this.#before[i] ??= [], block = this.#executor.resident(buffer, before);
    if (before.includes(block)) return;
    before.push(block);
    if (before.length > MOST_PLACES) before.shift();
  }

  // Gives what the results depend on.
  #call({ run, inputs, outputs }: Called, given: readonly DeviceBuffer[]): Dependence | null {
    const { given: stands, inner } = this.#recording;
    for (const buffer of inner) buffer.dependence = null;
    const real = (view: View): View => ({
      ...view,
      buffer: given[stands.indexOf(bufferOf(view))] ?? view.buffer,
    });
    const written = outputs.map(real);
    run(inputs.map(real), written);
    return written.reduce((on: Dependence | null, view) => join(on, bufferOf(view).dependence), null);
  }

  describe(): string {
    const { items, blocks } = this.#held, calls = this.#calls.length;
    return `${items.length - calls} dispatches in one submit` +
      (calls === 0 ? "" : ` and ${calls} kernels by themselves`) +
      `, ${this.bytes} bytes in ${blocks.length} buffers`;
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { blocks, parameters } = this.#held, executor = this.#executor;
    for (const block of blocks) executor.blocks.give(block);
    if (parameters) executor.stream.destroy(parameters);
  }
}

// Buffers that no two use at the same time.
function placed(executor: Executor, spans: readonly Span[]): Block[] {
  const memories = spans.map(({ bytes, first, last }) => (
    { kind: "inner" as const, dtype: "u32" as const, length: Math.ceil(bytes / 4), first, last }
  ));
  const { slots, largest } = slotsOf(memories, { mixed: true });
  const blocks = largest.map((i) => executor.blocks.take(spans[i].bytes));
  spans.forEach(({ buffer }, i) => buffer.block = blocks[slots[i]]);
  return blocks;
}
