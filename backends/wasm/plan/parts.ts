/** What a run of a plan does beside calls in wasm: jobs for threads, and kernels by the host. */
import type { Buffer, PlanStep, PlanView, View } from "@tapegrad/core/backend";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import type { Again } from "../threads/job.ts";
import { layout } from "../threads/layout.ts";
import { type Argument, OWN, ROOM } from "./addresses.ts";
import type { Shared } from "./scribe.ts";

/** Words in front of the arguments of a call, and of functions and pieces in front of all calls. */
const HEAD = 2, CALLS_AT: number = layout.calls - layout.functions;

/** An argument that is another at each run. */
interface Patch {
  readonly args: number[];
  readonly k: number;
  /** Its place among the words of all calls. */
  readonly word: number;
  readonly offset: number;
}

interface JobCall {
  readonly run: Run;
  readonly args: number[];
  readonly moved: number;
}

/** A job, which is told at the first run, and after that has its addresses written. */
export class JobPart implements Again {
  kept: Again["kept"];
  readonly #shared: Shared;
  readonly #pieces: readonly (readonly JobCall[])[];
  // Those of each memory that is given, or of the room of the job's own, and where that was last.
  readonly #patches = new Map<number, Patch[]>();
  readonly #last = new Map<number, number>();
  #pointers: readonly number[] = [];
  #words = 0;

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#pieces = shared.pieces.map((piece) =>
      piece.map(({ deed, args, moved }) => ({ run: deed as Run, args: this.#told(args), moved }))
    );
  }

  #told(args: readonly Argument[]): number[] {
    const told = args.map((x) => typeof x === "number" ? x : 0), word = this.#words + HEAD;
    args.forEach((x, k) => {
      if (typeof x === "number") return;
      const { memory, offset } = x, own = this.#patches.get(memory) ?? [];
      this.#patches.set(memory, own);
      own.push({ args: told, k, word: word + k, offset });
    });
    this.#words = word + args.length;
    return told;
  }

  /** Runs it with buffers at pointers. */
  run(heap: Heap, pointers: readonly number[]): void {
    const { nanoseconds, room } = this.#shared;
    this.#pointers = pointers;
    heap.parallel(nanoseconds, room, (job, start) => {
      // Words that were kept are not those of these addresses any more.
      this.kept = undefined;
      this.#last.clear();
      this.#move(start, ({ args, k }, address) => args[k] = address);
      for (const piece of this.#pieces) {
        for (const { run, args, moved } of piece) job.call(run, args, moved);
        job.next();
      }
    }, this);
  }

  address(words: Int32Array, start: number): void {
    this.#move(start, ({ word }, address) => words[CALLS_AT + word] = address);
  }

  #move(start: number, write: (patch: Patch, address: number) => void): void {
    for (const [memory, patches] of this.#patches) {
      const from = memory === ROOM ? start : this.#pointers[memory - OWN];
      if (this.#last.get(memory) === from) continue;
      this.#last.set(memory, from);
      for (const patch of patches) write(patch, from + patch.offset);
    }
  }
}

/** A step that runs by its usual kernel, on views that are made anew where a buffer is another. */
export class HostPart {
  readonly #step: PlanStep;
  readonly #bufferOf: (memory: number, buffers: readonly Buffer[]) => Buffer;
  #inputs: readonly View[] = [];
  #outputs: readonly View[] = [];

  constructor(step: PlanStep, bufferOf: (memory: number, buffers: readonly Buffer[]) => Buffer) {
    this.#step = step;
    this.#bufferOf = bufferOf;
  }

  /** Runs it on buffers. */
  run(buffers: readonly Buffer[]): void {
    const { inputs, outputs } = this.#step;
    this.#inputs = this.#followed(this.#inputs, inputs, buffers);
    this.#outputs = this.#followed(this.#outputs, outputs, buffers);
    this.#step.run(this.#inputs, this.#outputs);
  }

  #followed(
    views: readonly View[],
    wanted: readonly PlanView[],
    buffers: readonly Buffer[],
  ): readonly View[] {
    return wanted.map((view, i) => {
      const buffer = this.#bufferOf(view.memory, buffers), { dtype, shape, strides, offset } = view;
      return views[i]?.buffer === buffer ? views[i] : { buffer, dtype, shape, strides, offset };
    });
  }
}
