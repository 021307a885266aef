/** Compiled kernels and the bindings of their buffers, made once and found again. */
import { type DType, Recent } from "@tapegrad/core/backend";
import type { DeviceBuffer } from "../memory/buffers.ts";
import { PARAMETER_BYTES } from "./stream.ts";
import { storageType } from "../wgsl/expression.ts";
import { COMPUTE_STAGE } from "../device/flags.ts";

/** How a kernel uses a buffer: some write through atomics, whose element type is `atomic<u32>`. */
export type Access = "read" | "write" | "atomic";

/** A buffer as a kernel sees it. */
export interface Binding {
  readonly buffer: DeviceBuffer;
  /** Where what is bound starts, in bytes: not 0 only in buffers too large to be bound whole. */
  readonly start: number;
  readonly dtype: DType;
  readonly access: Access;
  /** Whether it is an array of vectors of four elements. */
  readonly four: boolean;
}

/** What a kernel is written in. */
export interface Code {
  /** Extensions of WGSL to enable. */
  readonly extensions: readonly string[];
  /** All but the bindings. */
  readonly source: string;
}

/** A kernel, compiled or about to be. */
export class Program {
  /** `null` until it is compiled. */
  pipeline: GPUComputePipeline | null = null;
  /** When it is. */
  readonly compiled: Promise<void>;
  readonly #device: GPUDevice;
  readonly #descriptor: GPUComputePipelineDescriptor;

  constructor(device: GPUDevice, descriptor: GPUComputePipelineDescriptor) {
    this.#device = device;
    this.#descriptor = descriptor;
    // A shader that does not compile is told of by the device when it is compiled again, at its use.
    this.compiled = device.createComputePipelineAsync(descriptor).then(
      (pipeline) => void (this.pipeline ??= pipeline),
      () => void this.compileNow(),
    );
  }

  /** The pipeline, without waiting for it. */
  compileNow(): GPUComputePipeline {
    return this.pipeline ??= this.#device.createComputePipeline(this.#descriptor);
  }
}

/** So many programs and bindings are remembered at least, the last used. */
const PROGRAMS = 1024, GROUPS = 4096;

/** The programs of one device. */
export class Programs {
  readonly #device: GPUDevice;
  readonly #mostBound: number;
  readonly #programs = new Recent<string, Program>(PROGRAMS);
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #groups = new Recent<string, GPUBindGroup>(GROUPS);
  readonly #parametersLayout: GPUBindGroupLayout;

  /** `mostBound` is how many bytes of a buffer a kernel can see. */
  constructor(device: GPUDevice, mostBound: number) {
    this.#device = device;
    this.#mostBound = mostBound;
    this.#parametersLayout = device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: COMPUTE_STAGE,
        buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: PARAMETER_BYTES },
      }],
    });
  }

  /** The binding of every kernel's parameters, whose place is given with each use. */
  parameters(buffer: GPUBuffer): GPUBindGroup {
    return this.#device.createBindGroup({
      layout: this.#parametersLayout,
      entries: [{ binding: 0, resource: { buffer, size: PARAMETER_BYTES } }],
    });
  }

  /** The program under a key that says all its source depends on. */
  get(key: string, label: string, bindings: readonly Binding[], code: () => Code): Program {
    const full = `${key}|${
      bindings.map(({ dtype, access, four }) => `${dtype}${access}${four ? 4 : ""}`).join()
    }`;
    let program = this.#programs.get(full);
    if (!program) this.#programs.set(full, program = this.#make(label, bindings, code()));
    return program;
  }

  /** The bindings of buffers, which are on the device, to a program. */
  group(bindings: readonly Binding[]): GPUBindGroup {
    let key = "";
    for (const { buffer, start, access } of bindings) {
      key += `${buffer.block!.id}${access === "read" ? "r" : "w"}${start},`;
    }
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, group = this.#bind(bindings));
    return group;
  }

  #bind(bindings: readonly Binding[]): GPUBindGroup {
    const most = this.#mostBound;
    return this.#device.createBindGroup({
      layout: this.#layout(bindings),
      entries: bindings.map(({ buffer: { block }, start }, binding) => ({
        binding,
        resource: { buffer: block!.gpu, offset: start, size: Math.min(block!.size - start, most) },
      })),
    });
  }

  #layout(bindings: readonly Binding[]): GPUBindGroupLayout {
    const key = bindings.map(({ access }) => access === "read" ? "r" : "w").join("");
    let layout = this.#layouts.get(key);
    if (!layout) {
      const entries = bindings.map(({ access }, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type: access === "read" ? "read-only-storage" as const : "storage" as const },
      }));
      this.#layouts.set(key, layout = this.#device.createBindGroupLayout({ entries }));
    }
    return layout;
  }

  #make(label: string, bindings: readonly Binding[], { source, extensions }: Code): Program {
    const code = `${header(bindings, extensions)}\n${source}`;
    return new Program(this.#device, {
      label,
      layout: this.#device.createPipelineLayout({
        bindGroupLayouts: [this.#parametersLayout, this.#layout(bindings)],
      }),
      compute: { module: this.#device.createShaderModule({ label, code }), entryPoint: "main" },
    });
  }
}

function header(bindings: readonly Binding[], extensions: readonly string[]): string {
  return [
    ...bindings.some(({ dtype }) => dtype === "f16") ? ["enable f16;"] : [],
    ...extensions.map((name) => `enable ${name};`),
    `@group(0) @binding(0) var<uniform> parameters: array<vec4<u32>, ${PARAMETER_BYTES / 16}>;`,
    ...bindings.map(({ dtype, access, four }, i) => {
      const element = access === "atomic" ? "atomic<u32>" : storageType(dtype);
      const type = four ? `vec4<${element}>` : element;
      return `@group(1) @binding(${i}) var<storage, ${
        access === "read" ? "read" : "read_write"
      }> b${i}: array<${type}>;`;
    }),
  ].join("\n");
}
