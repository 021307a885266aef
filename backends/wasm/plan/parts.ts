/** What a run of a plan does beside calls in wasm: jobs for threads, and kernels by the host. */
import type { Buffer, PlanStep, PlanView, View } from "@tapegrad/core/backend";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import { type Argument, OWN, ROOM } from "./addresses.ts";
import type { Shared } from "./scribe.ts";

/** An argument that is another at each run. */
interface Patch {
  readonly args: number[];
  readonly k: number;
  /** A memory that is given, or room of the job's own. */
  readonly memory: number;
  readonly offset: number;
}

interface JobCall {
  readonly run: Run;
  readonly args: number[];
  readonly moved: number;
}

/** A job, as it is told at each run. */
export class JobPart {
  readonly #shared: Shared;
  readonly #pieces: readonly (readonly JobCall[])[];
  readonly #patches: Patch[] = [];

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#pieces = shared.pieces.map((piece) =>
      piece.map(({ deed, args, moved }) => ({ run: deed as Run, args: this.#told(args), moved }))
    );
  }

  #told(args: readonly Argument[]): number[] {
    const told = args.map((x) => typeof x === "number" ? x : 0);
    args.forEach((x, k) => typeof x !== "number" && this.#patches.push({ ...x, args: told, k }));
    return told;
  }

  /** Runs it with buffers at pointers. */
  run(heap: Heap, pointers: readonly number[]): void {
    const { nanoseconds, room } = this.#shared;
    heap.parallel(nanoseconds, room, (job, start) => {
      for (const { args, k, memory, offset } of this.#patches) {
        args[k] = offset + (memory === ROOM ? start : pointers[memory - OWN]);
      }
      for (const piece of this.#pieces) {
        for (const { run, args, moved } of piece) job.call(run, args, moved);
        job.next();
      }
    });
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
