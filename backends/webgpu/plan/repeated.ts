/** Dispatches that are repeated: their bindings are found again, their parameters stay on the device. */
import type { Block, DeviceBuffer } from "../memory/buffers.ts";
import { slotOf } from "../kernels/map.ts";
import type { Binding, Programs } from "../stream/programs.ts";
import type { CommandStream, KeptParameters, Launch } from "../stream/stream.ts";
import type { Dispatched } from "./recorder.ts";

/** A parameter that a run knows: its place among the kernel's, and among all that a run knows. */
interface Slot {
  readonly at: number;
  readonly slot: number;
}

/** A binding whose buffer a run names, as the one of so many. */
interface Open {
  readonly binding: number;
  readonly which: number;
}

/** A dispatch with what changes from run to run. */
export class Repeated {
  readonly #dispatched: Dispatched;
  readonly #slots: readonly Slot[];
  readonly #open: readonly Open[];
  readonly #words: number[];
  /** The blocks that the last run had for what is open. */
  readonly #blocks: Block[] = [];
  #launch: Launch | null = null;
  /** Where the parameters are that never change. */
  #at = 0;
  #parameters: GPUBindGroup | null = null;

  /** `which` tells of a buffer that a run names which one it is. */
  constructor(dispatched: Dispatched, which: ReadonlyMap<DeviceBuffer, number>) {
    const { words, bindings } = dispatched;
    this.#dispatched = dispatched;
    this.#words = [...words];
    this.#slots = words.flatMap((word, at) => {
      const slot = slotOf(word);
      return slot === null ? [] : [{ at, slot }];
    });
    this.#open = bindings.flatMap(({ buffer }, binding) => {
      const found = which.get(buffer);
      return found === undefined ? [] : [{ binding, which: found }];
    });
  }

  /** The parameters, where none of them changes. */
  get constantWords(): readonly number[] | null {
    return this.#slots.length > 0 ? null : this.#words;
  }

  /** Has its parameters where they stay. */
  settle(parameters: GPUBindGroup, at: number): void {
    this.#parameters = parameters;
    this.#at = at;
  }

  /** Queues it with buffers that are on the device, and what a run knows as words. */
  queue(
    stream: CommandStream,
    programs: Programs,
    buffers: readonly DeviceBuffer[],
    words: readonly number[],
  ): void {
    let launch = this.#launch;
    if (launch === null || this.#isElsewhere(buffers)) {
      const { program, workgroups } = this.#dispatched, group = programs.group(this.#bound(buffers));
      launch = this.#launch = { program, group, workgroups, parameters: this.#parameters, at: this.#at };
    }
    if (this.#slots.length > 0) launch = { ...launch, at: this.#placed(stream, words) };
    stream.dispatch(launch);
  }

  #isElsewhere(buffers: readonly DeviceBuffer[]): boolean {
    const blocks = this.#blocks, open = this.#open;
    for (let i = 0; i < open.length; i++) if (blocks[i] !== buffers[open[i].which].block) return true;
    return false;
  }

  #bound(buffers: readonly DeviceBuffer[]): readonly Binding[] {
    const bindings = [...this.#dispatched.bindings];
    this.#open.forEach(({ binding, which }, i) => {
      const buffer = buffers[which];
      bindings[binding] = { ...bindings[binding], buffer };
      this.#blocks[i] = buffer.block!;
    });
    return bindings;
  }

  #placed(stream: CommandStream, words: readonly number[]): number {
    for (const { at, slot } of this.#slots) this.#words[at] = words[slot];
    return stream.place(this.#words);
  }
}

/** Has the parameters that never change in one buffer on the device. */
export function settled(stream: CommandStream, repeated: readonly Repeated[]): KeptParameters | null {
  const unit = stream.parameterUnit / 4, words: number[] = [], places: [Repeated, number][] = [];
  for (const one of repeated) {
    const own = one.constantWords;
    if (own === null) continue;
    while (words.length % unit !== 0) words.push(0);
    places.push([one, words.length * 4]);
    words.push(...own);
  }
  if (places.length === 0) return null;
  const kept = stream.keep(Uint32Array.from(words));
  for (const [one, at] of places) one.settle(kept.group, at);
  return kept;
}
