/** The one open stream of commands: what it carries, and when it goes to the device. */
import type { Block } from "../memory/buffers.ts";
import type { Program, Programs } from "./programs.ts";
import type { Timer } from "../device/timer.ts";
import { usage } from "../device/flags.ts";

/** A kernel to run. */
export interface Launch {
  readonly program: Program;
  readonly group: GPUBindGroup;
  /** Where its parameters are: among those that go to the device with the commands, or in a buffer of their own. */
  readonly parameters: GPUBindGroup | null;
  /** The place of the first, in bytes. */
  readonly at: number;
  readonly workgroups: Workgroups;
}

interface DispatchCommand extends Launch {
  /** Its number at the timer, if it is timed. */
  readonly timed?: number;
}

/** Bytes to copy on the device. */
interface CopyCommand {
  readonly program: null;
  readonly from: GPUBuffer;
  readonly fromOffset: number;
  readonly to: GPUBuffer;
  readonly toOffset: number;
  readonly size: number;
}

type Command = DispatchCommand | CopyCommand;

/** Parameters in a buffer of their own. */
export interface KeptParameters {
  readonly gpu: GPUBuffer;
  readonly size: number;
  readonly group: GPUBindGroup;
}

/** How many workgroups along x, y and z. */
export type Workgroups = readonly [number, number, number];

/** Room for the parameters and small uploads of the commands that wait. */
const ARENA = 2 ** 20;
/** The bytes of parameters that a kernel sees. */
export const PARAMETER_BYTES = 4096;
/** After so many commands they are submitted: measured, see bench/README.md. */
const BATCH = 512;
/** With so many waiting for pipelines, these are compiled while everything else waits. */
const MOST_WAITING = 4096;

/** Where commands wait for their submit, in order. */
export class CommandStream {
  readonly #device: GPUDevice;
  readonly #arena: GPUBuffer;
  readonly #bytes = new Uint8Array(ARENA);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  readonly #programs: Programs;
  readonly #parameters: GPUBindGroup;
  #used = 0;
  #commands: Command[] = [];
  #doomed: Pick<Block, "gpu">[] = [];
  #submitting: Promise<void> | null = null;
  /** Parameters begin at multiples of so many bytes. */
  readonly parameterUnit: number;
  /** Measures each kernel while there is one. */
  timer: Timer | null = null;

  constructor(device: GPUDevice, programs: Programs) {
    this.#device = device;
    this.#programs = programs;
    this.parameterUnit = device.limits.minUniformBufferOffsetAlignment;
    this.#arena = device.createBuffer({
      label: "parameters and uploads",
      size: ARENA + PARAMETER_BYTES,
      usage: usage.uniform | usage.copySource | usage.copyTarget,
    });
    this.#parameters = programs.parameters(this.#arena);
  }

  /** Puts parameters where the next kernel finds them, and says where. */
  place(words: readonly number[]): number {
    const at = this.#reserve(words.length * 4), start = at / 4;
    for (let i = 0; i < words.length; i++) this.#words[start + i] = words[i];
    return at;
  }

  /** Puts parameters into a buffer of their own, where they stay until that is destroyed. */
  keep(words: Uint32Array<ArrayBuffer>): KeptParameters {
    const gpu = this.#device.createBuffer({
      label: "parameters of a plan",
      size: words.byteLength + PARAMETER_BYTES,
      usage: usage.uniform | usage.copyTarget,
    });
    this.#device.queue.writeBuffer(gpu, 0, words);
    return { gpu, size: gpu.size, group: this.#programs.parameters(gpu) };
  }

  /** Queues a kernel, whose parameters are placed. */
  dispatch(launch: Launch): void {
    this.#push(this.timer ? { ...launch, timed: this.timer.record() } : launch);
  }

  /** Queues an upload to the start of a buffer. */
  upload(to: GPUBuffer, data: ArrayBufferView): void {
    const size = Math.ceil(data.byteLength / 4) * 4;
    if (size > ARENA / 4) return this.#uploadAtOnce(to, data, size);
    const at = this.#reserve(size);
    this.#bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    this.copy(this.#arena, at, to, 0, size);
  }

  /** Queues a copy; offsets and size are multiples of four. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, size: number): void {
    this.#push({ program: null, from, fromOffset, to, toOffset, size });
  }

  /** Destroys memory after the commands that may use it. */
  destroy(block: Pick<Block, "gpu">): void {
    this.#doomed.push(block);
  }

  /** Submits what waits, as soon as its pipelines are compiled. */
  submit(): Promise<void> {
    const pending = this.#commands.filter(({ program }) => program && !program.pipeline);
    if (pending.length === 0) {
      this.#send();
      return Promise.resolve();
    }
    return this.#submitting ??= Promise.all(pending.map(({ program }) => program!.compiled)).then(() => {
      this.#submitting = null;
      return this.submit();
    });
  }

  /** Submits what waits now, compiling what is not compiled yet. */
  flush(): void {
    this.#send();
  }

  #push(command: Command): void {
    this.#commands.push(command);
    if (this.#commands.length < BATCH) return;
    if (this.#commands.length >= MOST_WAITING) this.#send();
    else if (!this.#submitting) this.submit();
  }

  #reserve(bytes: number): number {
    let at = Math.ceil(this.#used / this.parameterUnit) * this.parameterUnit;
    if (at + bytes > ARENA) {
      this.#send();
      at = 0;
    }
    this.#used = at + bytes;
    return at;
  }

  // Too large for the arena: it takes its place between two submits instead.
  #uploadAtOnce(to: GPUBuffer, data: ArrayBufferView, size: number): void {
    this.#send();
    const padded = new Uint8Array(size);
    padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#device.queue.writeBuffer(to, 0, padded);
  }

  #send(): void {
    if (this.#commands.length > 0) {
      const { queue } = this.#device, used = Math.ceil(this.#used / 4) * 4;
      if (used > 0) queue.writeBuffer(this.#arena, 0, this.#bytes, 0, used);
      queue.submit([this.#encode()]);
    }
    this.#commands = [];
    this.#used = 0;
    for (const block of this.#doomed) block.gpu.destroy();
    this.#doomed = [];
  }

  #encode(): GPUCommandBuffer {
    const encoder = this.#device.createCommandEncoder(), at = new Uint32Array(1);
    let pass: GPUComputePassEncoder | null = null, running: GPUComputePipeline | null = null;
    const endPass = () => {
      pass?.end();
      pass = running = null;
    };
    for (const command of this.#commands) {
      if (command.program === null) {
        endPass();
        const { from, fromOffset, to, toOffset, size } = command;
        encoder.copyBufferToBuffer(from, fromOffset, to, toOffset, size);
        continue;
      }
      const { program, group, parameters, workgroups, timed } = command;
      // What is timed has a pass of its own.
      if (timed !== undefined) endPass();
      pass ??= encoder.beginComputePass(timed === undefined ? undefined : this.timer?.pass(timed));
      at[0] = command.at;
      const pipeline = program.pipeline ?? program.compileNow();
      if (pipeline !== running) pass.setPipeline(running = pipeline);
      pass.setBindGroup(0, parameters ?? this.#parameters, at, 0, 1);
      pass.setBindGroup(1, group);
      pass.dispatchWorkgroups(...workgroups);
      if (timed !== undefined) endPass();
    }
    endPass();
    return encoder.finish();
  }
}
