/** Runs kernels: finds their programs, binds their buffers, and queues them. */
import {
  contiguousLayout,
  type DType,
  hostArray,
  input,
  type Shape,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import {
  type Block,
  BlockAllocator,
  bufferOf,
  bytesOnDevice,
  DeviceBuffer,
  encoded,
} from "../memory/buffers.ts";
import type { OpenDevice } from "../device/device.ts";
import { FaultLog, type IndexUse } from "../device/faults.ts";
import type { Health } from "../device/health.ts";
import type { Abilities, Dispatch, Gpu } from "../kernels/kernel.ts";
import { map } from "../kernels/map.ts";
import { boundBy, programOf, spreadDependence } from "./bindings.ts";
import { type Binding, type Program, Programs } from "./programs.ts";
import { CommandStream } from "./stream.ts";
import { Windows } from "./windows.ts";
import { usage } from "../device/flags.ts";

/** The device as kernels see it, and what is behind that. */
export class Executor implements Gpu {
  readonly abilities: Abilities;
  /** Where commands wait. */
  readonly stream: CommandStream;
  /** Compiled kernels. */
  readonly programs: Programs;
  /** Where the memory of buffers comes from. */
  readonly blocks: BlockAllocator;
  /** Uses of indices that kernels have not found right yet. */
  readonly faults: FaultLog;
  readonly #device: GPUDevice;
  readonly #health: Health;
  readonly #debug: boolean;
  readonly #windows: Windows;
  #running = "";

  constructor({ device, abilities }: OpenDevice, health: Health, debug: boolean) {
    this.abilities = abilities;
    this.#device = device;
    this.#health = health;
    this.#debug = debug;
    this.#windows = new Windows(abilities.bindingBytes, device.limits.minStorageBufferOffsetAlignment);
    this.programs = new Programs(device, abilities.bindingBytes);
    this.stream = new CommandStream(device, this.programs);
    this.blocks = new BlockAllocator(device, {
      usage: usage.storage | usage.copySource | usage.copyTarget,
      discard: (block) => this.stream.destroy(block),
      exhausted: (bytes, error) => this.#exhausted(bytes, error, this.#running),
    });
    this.faults = new FaultLog({
      clear: (buffer) => this.upload(buffer, hostArray("u32", buffer.length)),
      free: (buffer) => this.free(buffer),
    });
  }

  /** Throws if the device is gone. */
  check(): void {
    this.#health.check();
  }

  run(dispatch: Dispatch): void {
    this.check();
    if (dispatch.workgroups[0] === 0) return;
    this.#running = dispatch.label;
    const bound = boundBy(dispatch), { bindings } = bound;
    for (const { buffer, access } of bindings) {
      this.resident(buffer);
      if (access !== "read") buffer.element = null;
    }
    spreadDependence(dispatch, (on) => this.faults.left(on));
    const program = programOf(this.programs, dispatch, bound);
    if (this.#debug) return this.#runAlone(dispatch, program, bindings);
    this.#queue(dispatch, program, bindings);
  }

  temporary(dtype: DType, shape: Shape): View {
    return { buffer: new DeviceBuffer(dtype, sizeOf(shape)), dtype, ...contiguousLayout(shape) };
  }

  release(view: View): void {
    this.free(bufferOf(view));
  }

  /** Lets other buffers have the memory of one, once the commands that use it have run. */
  free(buffer: DeviceBuffer): void {
    if (buffer.block) this.blocks.give(buffer.block);
    buffer.block = null;
  }

  fits(view: View): boolean {
    return this.#windows.fits(view);
  }

  fit(op: string, view: View): View {
    return this.#windows.fit(op, view);
  }

  watch(describe: (index: number) => Error): IndexUse {
    return this.faults.watch(describe);
  }

  /** Fills the start of a buffer from the host. */
  upload(buffer: DeviceBuffer, data: TypedArray): void {
    const bytes = encoded(data, buffer.dtype);
    // The device copies words: half of one would overwrite the other half.
    if (bytes.byteLength % 4 !== 0 && data.length < buffer.length) this.#uploadThrough(buffer, data);
    else this.stream.upload(this.#blockOf(buffer).gpu, bytes);
  }

  #uploadThrough(buffer: DeviceBuffer, data: TypedArray): void {
    const part = this.temporary(buffer.dtype, [data.length]);
    this.upload(bufferOf(part), data);
    map(this, input(0), [part], { ...part, buffer });
    this.release(part);
  }

  /** The block that holds a buffer's elements, on the device; a new one is one of those that are wished for, if it is free. */
  resident(buffer: DeviceBuffer, wished?: readonly Block[]): Block {
    const block = this.#blockOf(buffer, wished), { element } = buffer;
    if (element && !buffer.resident) {
      buffer.resident = true;
      this.upload(buffer, element);
    }
    return block;
  }

  // What is kept for later goes back to the device, so that the next attempt may succeed.
  #exhausted(bytes: number, error: GPUError, doing: string): void {
    const { used, kept } = this.blocks.held;
    this.blocks.clear();
    this.#health.outOfMemory(error, { doing, bytes, used, kept });
  }

  #blockOf(buffer: DeviceBuffer, wished?: readonly Block[]): Block {
    return buffer.block ??= this.blocks.take(buffer.length * bytesOnDevice(buffer.dtype), wished);
  }

  #queue({ words, workgroups }: Dispatch, program: Program, bindings: readonly Binding[]): void {
    const at = this.stream.place(words), group = this.programs.group(bindings);
    this.stream.dispatch({ program, group, parameters: null, at, workgroups });
  }

  // Each kernel by itself between error scopes.
  #runAlone(dispatch: Dispatch, program: Program, bindings: readonly Binding[]): void {
    const scopes = ["out-of-memory", "validation", "internal"] as const;
    for (const scope of scopes) this.#device.pushErrorScope(scope);
    this.#queue(dispatch, program, bindings);
    this.stream.flush();
    for (const _ of scopes) {
      this.#device.popErrorScope().then(
        (error) => error && this.#health.fail(error, dispatch.label),
        () => {},
      );
    }
  }
}
