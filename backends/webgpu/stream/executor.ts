/** Runs kernels: finds their programs, binds their buffers, and queues them. */
import {
  BackendError,
  contiguousLayout,
  type DType,
  hostArray,
  input,
  type Shape,
  showShape,
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
import { plain } from "../../common/views.ts";
import type { OpenDevice } from "../device/device.ts";
import { type Dependence, join } from "../device/dependence.ts";
import { FaultLog, type IndexUse } from "../device/faults.ts";
import type { Health } from "../device/health.ts";
import {
  type Abilities,
  type Dispatch,
  type Gpu,
  type Operand,
  reach,
  type WindowView,
} from "../kernels/kernel.ts";
import { map } from "../kernels/map.ts";
import { type Binding, type Program, Programs } from "./programs.ts";
import { CommandStream } from "./stream.ts";
import { usage } from "../device/flags.ts";

/** The device as kernels see it, and what is behind that. */
export class Executor implements Gpu {
  readonly abilities: Abilities;
  /** Where commands wait. */
  readonly stream: CommandStream;
  /** Where the memory of buffers comes from. */
  readonly blocks: BlockAllocator;
  /** Uses of indices that kernels have not found right yet. */
  readonly faults: FaultLog;
  readonly #device: GPUDevice;
  readonly #programs: Programs;
  readonly #health: Health;
  readonly #debug: boolean;
  readonly #bindingUnit: number;
  #running = "";

  constructor({ device, abilities }: OpenDevice, health: Health, debug: boolean) {
    this.abilities = abilities;
    this.#device = device;
    this.#health = health;
    this.#debug = debug;
    this.#bindingUnit = device.limits.minStorageBufferOffsetAlignment;
    this.#programs = new Programs(device, abilities.bindingBytes);
    this.stream = new CommandStream(device, this.#programs);
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

  run(dispatch: Dispatch): void {
    this.#health.check();
    if (dispatch.workgroups[0] === 0) return;
    this.#running = dispatch.label;
    const bindings: Binding[] = [], names: string[] = [];
    for (const operand of dispatch.operands) names.push(`b${this.#bind(bindings, operand)}`);
    const { key, label, source, reports, extensions = [] } = dispatch;
    if (reports) names.push(`b${this.#bind(bindings, { view: reports.view, access: "atomic" })}`);
    this.#spread(dispatch);
    const program = this.#programs.get(`${key}|${names.join("")}`, label, bindings, () => ({
      extensions,
      source: source(names),
    }));
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
    if (this.#fitsWhole(view)) return true;
    const [start, end] = this.#span(view);
    return end - start <= this.abilities.bindingBytes;
  }

  fit(op: string, view: View): View {
    if (this.#fitsWhole(view)) return view;
    const most = this.abilities.bindingBytes, [start, end] = this.#span(view);
    if (end - start > most) throw unbindable(op, view, end - start, most);
    const offset = view.offset - start / bytesOnDevice(view.dtype);
    const window: WindowView = { ...plain(view), offset, start };
    return window;
  }

  #fitsWhole({ buffer, dtype }: View): boolean {
    return buffer.length * bytesOnDevice(dtype) <= this.abilities.bindingBytes;
  }

  // The bytes that a view reaches, from where a binding may start.
  #span(view: View): readonly [start: number, end: number] {
    const [low, high] = reach(view), bytes = bytesOnDevice(view.dtype), unit = this.#bindingUnit;
    return [Math.floor(low * bytes / unit) * unit, high * bytes];
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

  /** The block that holds a buffer's elements, on the device. */
  resident(buffer: DeviceBuffer): Block {
    const block = this.#blockOf(buffer), { element } = buffer;
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

  #blockOf(buffer: DeviceBuffer): Block {
    return buffer.block ??= this.blocks.take(buffer.length * bytesOnDevice(buffer.dtype));
  }

  // The place of an operand among the bindings; the same elements are bound once, written if anyone writes.
  #bind(bindings: Binding[], { view, access, four = false }: Operand): number {
    const buffer = bufferOf(view), start = (view as WindowView).start ?? 0;
    const block = this.resident(buffer);
    if (access !== "read") buffer.element = null;
    const found = bindings.findIndex((b) => b.block === block && b.start === start && b.four === four);
    if (found >= 0) return found;
    return bindings.push({ block, start, dtype: view.dtype, access, four }) - 1;
  }

  // What a kernel writes depends on all that it uses, and on the indices that say where.
  #spread({ operands, reports }: Dispatch): void {
    let on: Dependence | null = reports ?? null;
    for (const { view } of operands) {
      const { dependence } = bufferOf(view);
      if (dependence !== null) on = join(on, this.faults.left(dependence));
    }
    if (on === null) return;
    for (const { view, access } of operands) if (access !== "read") bufferOf(view).dependence = on;
  }

  #queue({ words, workgroups }: Dispatch, program: Program, bindings: readonly Binding[]): void {
    const at = this.stream.place(words);
    this.stream.dispatch(program, this.#programs.group(bindings), at, workgroups);
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

function unbindable(op: string, { shape, dtype }: View, bytes: number, most: number): BackendError {
  return new BackendError(
    `Cannot ${op} ${
      showShape(shape)
    } of ${dtype} on webgpu: the elements span ${bytes} bytes and this device ` +
      `binds at most ${most} at once, split the tensor`,
  );
}
