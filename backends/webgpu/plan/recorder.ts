/** Kernels are run once to see what they dispatch: nothing reaches the device. */
import { contiguousLayout, type DType, type Shape, type View } from "@tapegrad/core/backend";
import { type Dependence, join } from "../device/dependence.ts";
import type { Reports } from "../device/faults.ts";
import { bufferOf, bytesOnDevice, DeviceBuffer } from "../memory/buffers.ts";
import type { Abilities, Dispatch, Gpu } from "../kernels/kernel.ts";
import { standIn } from "../kernels/map.ts";
import { boundBy, programOf, spreadDependence } from "../stream/bindings.ts";
import type { Executor } from "../stream/executor.ts";
import type { Binding, Program } from "../stream/programs.ts";
import type { Workgroups } from "../stream/stream.ts";

/** A dispatch, as often as it is asked for. */
export interface Dispatched {
  readonly program: Program;
  readonly bindings: readonly Binding[];
  /** Its parameters, with what stands for those that a run knows. */
  readonly words: readonly number[];
  readonly workgroups: Workgroups;
}

/** A step whose kernel is called each time. */
export interface Called {
  readonly program: null;
  readonly run: (inputs: readonly View[], outputs: readonly View[]) => void;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  /** What its outputs turn out to depend on. */
  readonly source: Source;
}

/** One thing of a plan, after another. */
export type Item = Dispatched | Called;

/** Something that a run will know, on which elements depend. */
export class Source implements Dependence {
  readonly last: number = Infinity;
  readonly parts = null;
  readonly failed = null;
}

/** A use of indices in a plan, of which each run has its own. */
export class PlannedUse extends Source implements Reports {
  readonly view: Reports["view"];
  readonly slot: number;
  /** Makes the error of an index. */
  readonly describe: (index: number) => Error;

  constructor(page: Reports["view"], slot: number, describe: (index: number) => Error) {
    super();
    this.view = page;
    this.slot = slot;
    this.describe = describe;
  }
}

/** When a buffer is in use: from one item up to another. */
export interface Span {
  readonly buffer: DeviceBuffer;
  readonly bytes: number;
  readonly first: number;
  last: number;
}

/** The device as kernels see it while a plan is made. */
export class Recorder implements Gpu {
  readonly abilities: Abilities;
  /** What the steps do, in order. */
  readonly items: Item[] = [];
  /** The uses of indices among it. */
  readonly uses: PlannedUse[] = [];
  readonly #executor: Executor;
  readonly #spans = new Map<DeviceBuffer, Span>();
  #slots: number;

  /** Uses of indices stand in words as slots from `firstSlot` on. */
  constructor(executor: Executor, firstSlot: number) {
    this.#executor = executor;
    this.abilities = executor.abilities;
    this.#slots = firstSlot;
  }

  /** When each buffer was in use. */
  get spans(): Span[] {
    return [...this.#spans.values()];
  }

  run(dispatch: Dispatch): void {
    const { words, workgroups } = dispatch;
    if (workgroups[0] === 0) return;
    const bound = boundBy(dispatch), { bindings } = bound;
    for (const { buffer } of bindings) this.#touch(buffer);
    spreadDependence(dispatch, (on) => on);
    this.items.push({
      program: programOf(this.#executor.programs, dispatch, bound),
      bindings,
      words,
      workgroups,
    });
  }

  /** Takes note of a step that the host runs. */
  call(run: Called["run"], inputs: readonly View[], outputs: readonly View[]): void {
    const source = new Source();
    let on: Dependence = source;
    for (const view of [...inputs, ...outputs]) {
      on = join(on, bufferOf(view).dependence)!;
      this.#touch(bufferOf(view));
    }
    for (const view of outputs) bufferOf(view).dependence = on;
    this.items.push({ program: null, run, inputs, outputs, source });
  }

  #touch(buffer: DeviceBuffer): void {
    const at = this.items.length, span = this.#spans.get(buffer);
    if (span) span.last = at;
    else {
      const bytes = buffer.length * bytesOnDevice(buffer.dtype);
      this.#spans.set(buffer, { buffer, bytes, first: at, last: at });
    }
  }

  temporary(dtype: DType, shape: Shape): View {
    return this.#executor.temporary(dtype, shape);
  }

  // When it was last in use is seen.
  release(): void {}

  fits(view: View): boolean {
    return this.#executor.fits(view);
  }

  fit(op: string, view: View): View {
    return this.#executor.fit(op, view);
  }

  watch(describe: (index: number) => Error): Reports {
    const page = { buffer: new DeviceBuffer("u32", 2), dtype: "u32" as const, ...contiguousLayout([2]) };
    const use = new PlannedUse(page, standIn(this.#slots++), describe);
    this.uses.push(use);
    return use;
  }
}

/** Whether something of a plan writes a buffer. */
export function writes(item: Item, buffer: DeviceBuffer): boolean {
  if (item.program === null) return item.outputs.some((view) => bufferOf(view) === buffer);
  return item.bindings.some((binding) => binding.buffer === buffer && binding.access !== "read");
}
