/** Dispatches that are repeated: their bindings are found again, their parameters stay on the device. */
import type { Block, DeviceBuffer } from "../memory/buffers.ts";
import { slotOf } from "../kernels/map.ts";
import type { Programs } from "../stream/programs.ts";
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

/** A launch, and where what a run names then was. */
interface Placed {
  readonly launch: Launch;
  readonly blocks: readonly Block[];
}

/** So many of them are looked through; others are found by a key. */
const MOST_RECENT = 6;

/** A dispatch with what changes from run to run. */
export class Repeated {
  readonly #dispatched: Dispatched;
  readonly #slots: readonly Slot[];
  readonly #open: readonly Open[];
  readonly #words: number[];
  /** The launches of the last places of what is open, with these. */
  readonly #recent: Placed[] = [];
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
    const { launch } = this.#recent.find((one) => this.#isAt(one, buffers)) ?? this.#place(programs, buffers);
    stream.dispatch(this.#slots.length > 0 ? { ...launch, at: this.#placed(stream, words) } : launch);
  }

  #isAt({ blocks }: Placed, buffers: readonly DeviceBuffer[]): boolean {
    const open = this.#open;
    for (let i = 0; i < open.length; i++) if (blocks[i] !== buffers[open[i].which].block) return false;
    return true;
  }

  #place(programs: Programs, buffers: readonly DeviceBuffer[]): Placed {
    const { program, workgroups, bindings: all } = this.#dispatched, bindings = [...all], open = this.#open;
    for (const { binding, which } of open) bindings[binding] = { ...all[binding], buffer: buffers[which] };
    const group = programs.group(bindings), blocks = open.map(({ which }) => buffers[which].block!);
    const launch = { program, group, workgroups, parameters: this.#parameters, at: this.#at };
    if (this.#recent.push({ launch, blocks }) > MOST_RECENT) this.#recent.shift();
    return { launch, blocks };
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
