/** Getting a device, or a sentence that says why there is none. */
import type { Abilities } from "../kernels/kernel.ts";

/**
 * How a WebGPU backend is opened.
 *
 * @category Backends
 */
export interface WebGpuOptions {
  /** Its name; "webgpu" unless said. */
  readonly name?: string;
  /** Which adapter to ask for where there are several. */
  readonly powerPreference?: "low-power" | "high-performance";
  /**
   * Whether sums of floats over repeated indices, as the gradient of `gather` is, come out the same to the bit each
   * time; they do unless said. Without it atomics add in any order, in less time: see bench/README.md.
   */
  readonly deterministic?: boolean;
  /** Whether each kernel is checked alone, so that an error names exactly what caused it. Slow. */
  readonly debug?: boolean;
  /** How many bytes of a buffer a kernel may see at most, where the device allows more. For tests. */
  readonly bindingBytes?: number;
}

/** A device and what is known of it. */
export interface OpenDevice {
  /** The handle. */
  readonly device: GPUDevice;
  /** The adapter's name, for people. */
  readonly description: string;
  /** What it can do. */
  readonly abilities: Abilities;
}

const OPTIONAL_FEATURES = ["shader-f16", "subgroups", "timestamp-query"] as const;

// What is asked for as the adapter has it, instead of the smallest that any device has.
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "minUniformBufferOffsetAlignment",
  "minStorageBufferOffsetAlignment",
] as const;

/** What kernels count on, which a device in compatibility mode may lack. */
const LEAST = {
  maxStorageBuffersPerShaderStage: 6,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
} as const;

/** Asks for a device; rejects with what is missing and how to get it. */
export async function requestDevice(options: WebGpuOptions): Promise<OpenDevice> {
  const adapter = await requestAdapter(options);
  checkLimits(adapter.limits);
  const features = OPTIONAL_FEATURES.filter((name) => adapter.features.has(name as GPUFeatureName));
  const device = await adapter.requestDevice({
    label: "tapegrad",
    requiredFeatures: features as unknown as GPUFeatureName[],
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  return { device, description: describe(adapter), abilities: abilitiesOf(device, options) };
}

/** What a page has and a worker or another runtime may lack, by name or by type. */
interface Surroundings {
  readonly navigator?: Navigator;
  readonly isSecureContext?: boolean;
}

async function requestAdapter({ powerPreference }: WebGpuOptions): Promise<GPUAdapter> {
  const { navigator, isSecureContext }: Surroundings = globalThis;
  if (!navigator?.gpu) {
    throw new Error(
      isSecureContext === false
        ? "this page is not a secure context and has no navigator.gpu, serve it over https or from localhost"
        : "this runtime has no navigator.gpu, use Deno 2 or a browser with WebGPU",
    );
  }
  const adapter = await navigator.gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (adapter) return adapter;
  throw new Error(
    "navigator.gpu has no adapter, turn hardware acceleration on in a browser, or install a driver " +
      "(on Debian, apt-get install mesa-vulkan-drivers brings one in software)",
  );
}

function checkLimits(limits: GPUSupportedLimits): void {
  for (const name of Object.keys(LEAST) as (keyof typeof LEAST)[]) {
    if (limits[name] >= LEAST[name]) continue;
    throw new Error(`the adapter's ${name} is ${limits[name]}, and at least ${LEAST[name]} are needed`);
  }
}

function describe({ info }: GPUAdapter): string {
  const named = info.description || info.device;
  return named || [info.vendor, info.architecture].filter(Boolean).join(" ") || "unnamed adapter";
}

function abilitiesOf({ features, limits }: GPUDevice, options: WebGpuOptions): Abilities {
  const { deterministic = true, bindingBytes = Infinity } = options;
  return {
    half: features.has("shader-f16") && typeof Float16Array !== "undefined",
    subgroups: features.has("subgroups" as GPUFeatureName),
    timestamps: features.has("timestamp-query"),
    deterministic,
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    bindingBytes: Math.min(limits.maxStorageBufferBindingSize, bindingBytes),
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
  };
}
