import {
  type Backend,
  bytesPerElement,
  checkOptions,
  contiguousLayout,
  described,
  type DType,
  dtypeCode,
  dtypes,
  hasHostArray,
  hostArray,
  input,
  isContiguous,
  type Kernel,
  kernelTable,
  mapParts,
  type MapsAttributes,
  type MatrixRoutines,
  type MemoryInfo,
  type Plan,
  type PlanRequest,
  sizeOf,
  type TypedArray,
  type UseBackendOptions,
  type View,
} from "@tapegrad/core/backend";
import { BufferPool } from "../common/pool.ts";
import { isSameView } from "../common/views.ts";
import { crossEntropy, crossEntropyBackward } from "./kernels/cross_entropy.ts";
import { fold, gather, scatter } from "./kernels/indexing.ts";
import { type Multiplier, multiplierFor } from "./multiplier.ts";
import { elementsOf } from "./loops.ts";
import { laneKernelsWith } from "./kernels/lanes.ts";
import { generatedMap, interpretedMap, type MapKernel } from "./kernels/map.ts";
import { matmul } from "./kernels/matmul.ts";
import { maxPools } from "./kernels/max_pool.ts";
import { argsort, cumulate } from "./kernels/ordered.ts";
import { planOf } from "./plan/plan.ts";
import { SlabAllocator } from "./slab.ts";
import { type ReduceKernel, reduceWith } from "./kernels/reduce.ts";
import { generatedKernels, interpretedKernels } from "./kernels/reduce_kernels.ts";

/**
 * How a CPU backend is made.
 *
 * @category Backends
 */
export interface CpuOptions {
  /** Its name; "cpu" unless said. */
  readonly name?: string;
  /**
   * Whether kernels are generated as source text, which a page's content security policy may forbid.
   * Without it they are interpreted, which is several times slower; tried out unless said.
   */
  readonly codegen?: boolean;
  /** The BLAS that multiplies matrices, as in `useBackend`. */
  readonly blas?: UseBackendOptions["blas"];
}

/**
 * The whole buffer behind a view on cpu or wasm, for kernels from outside: element `[i, j]` is at
 * `offset + i·strides[0] + j·strides[1]`. On wasm it is not to be kept: it may be another array at the next call.
 *
 * @category Backends
 * @example
 * ```ts
 * import { apply, defineComposite, registerKernel, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const first = defineComposite({
 *   name: "first",
 *   infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
 *   decompose: ([x]) => [x.slice(0)],
 * });
 * for (const backend of ["cpu", "wasm"]) {
 *   registerKernel(backend, "first", ([x], [output]) => {
 *     cpuElements(output)[output.offset] = cpuElements(x)[x.offset];
 *   });
 * }
 * assertEquals(await apply(first, [tensor([1, 2, 3]).flip()], null).item(), 3);
 * ```
 */
export function cpuElements(view: View): TypedArray {
  return (view.buffer as { readonly elements?: TypedArray }).elements ?? elementsOf(view);
}

/**
 * A backend in plain TypeScript: every dtype, synchronous, sums in double precision.
 *
 * @category Backends
 * @example
 * ```ts
 * import { createCpuBackend } from "@tapegrad/backends/cpu";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...createCpuBackend().dtypes], ["f16", "f32", "f64", "i32", "u32", "bool"]);
 * ```
 */
export function createCpuBackend(options: CpuOptions = {}): Backend {
  checkOptions("create a cpu backend", options ?? undefined, ["name", "codegen", "blas"]);
  const { name = "cpu", codegen = canGenerate(), blas } = options ?? {};
  if (typeof name !== "string") {
    throw new TypeError(`Cannot name a backend ${described(name)}: a text is needed`);
  }
  return new CpuBackend(name, codegen, blas);
}

function canGenerate(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}

function kernelsOf(
  map: MapKernel,
  reduce: ReduceKernel,
  multiplier: () => Multiplier | undefined,
): Map<string, Kernel> {
  return kernelTable({
    map: (inputs, outputs, { exprs }) => map(exprs, inputs, outputs),
    reduce: (inputs, [output], { kind, expr, axes }) => reduce(kind, expr, inputs, axes, output),
    maps: (...call) => severally(map, ...call),
    // No rows: by a generated function lane by lane, a softmax and a norm of [256, 512] that are written by hand took 2.5
    // and 0.78 ms, and step by step 2.3 and 0.58.
    matmul: ([a, b], [output]) => matmul(a, b, output, multiplier()),
    gather: ([x, index], [output], { axis }) => gather(x, axis, index, output),
    scatter([x, index, source], [output], { kind, axis }): void {
      if (!isSameView(x, output)) map(identity, [x], [output]);
      scatter(kind, axis, index, source, output);
    },
    fold: ([x], [output], { axis, step }) => fold(map, x, axis, step, output),
    cumulate: (inputs, [output], { kind, axis, reverse }) => cumulate(kind, inputs, axis, reverse, output),
    argsort: ([x], [output], { axis, descending }) => argsort(x, axis, descending, output),
    iota: (_inputs, [output]) => count(output),
    crossEntropy,
    crossEntropyBackward,
    ...maxPools,
    ...laneKernelsWith(map, reduce),
  });
}

function severally(
  map: MapKernel,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: MapsAttributes,
): void {
  for (const { part, inputs: read, outputs: written } of mapParts(attributes, inputs, outputs)) {
    map(part.exprs, read, written);
  }
}

const identity = [input(0)];

function count(output: View): void {
  const elements = elementsOf(output);
  for (let i = 0; i < output.shape[0]; i++) elements[output.offset + i] = i;
}

function copyOf(elements: TypedArray, { dtype, offset }: View, n: number): TypedArray {
  try {
    return elements.slice(offset, offset + n);
  } catch {
    const copy = hostArray(dtype, n); // which says what there is too little memory for
    copy.set(elements.subarray(offset, offset + n));
    return copy;
  }
}

class CpuBackend implements Backend {
  readonly ieee = true;
  readonly managed = true;
  readonly synchronous = true;
  readonly dtypes: ReadonlySet<DType> = new Set(dtypes.filter(hasHostArray));
  readonly kernels: Map<string, Kernel>;
  readonly #map: MapKernel;
  readonly #own: ReadonlyMap<string, Kernel>;
  readonly #codegen: boolean;
  readonly #pool = new BufferPool<TypedArray>();
  readonly #slabs = new SlabAllocator();

  #multiplier: Multiplier | undefined;

  constructor(readonly name: string, codegen: boolean, blas: UseBackendOptions["blas"]) {
    this.#map = codegen ? generatedMap() : interpretedMap();
    const reduce = reduceWith(codegen ? generatedKernels() : interpretedKernels);
    this.kernels = kernelsOf(this.#map, reduce, () => this.#multiplier);
    this.#own = new Map(this.kernels);
    this.#codegen = codegen;
    if (blas !== undefined) this.configure({ blas, byFlag: true });
  }

  get description(): string | undefined {
    return this.#multiplier?.description;
  }

  get matrices(): MatrixRoutines | undefined {
    return this.#multiplier?.matrices;
  }

  configure(settings: UseBackendOptions): void {
    this.#multiplier = multiplierFor(settings);
  }

  // Where code may not be generated, kernels are started one by one.
  plan(request: PlanRequest): Plan | null {
    if (!this.#codegen) return null;
    return planOf(
      request,
      (op) =>
        this.kernels.get(op) === this.#own.get(op) && (op !== "matmul" || this.#multiplier === undefined),
    );
  }

  allocate(dtype: DType, length: number): TypedArray {
    const small = this.#slabs.take(dtype, length);
    if (small === null) return this.#allocateLarge(dtype, length);
    this.#pool.count(small.byteLength);
    return small;
  }

  #allocateLarge(dtype: DType, length: number): TypedArray {
    const key = length * 8 + dtypeCode(dtype), bytes = length * bytesPerElement(dtype);
    return this.#pool.take(key, bytes, () => hostArray(dtype, length));
  }

  free(buffer: TypedArray): void {
    this.#pool.give(buffer, buffer.byteLength);
  }

  write(buffer: TypedArray, data: TypedArray): void {
    buffer.set(data);
  }

  read(views: readonly View[]): Promise<TypedArray[]> {
    return Promise.resolve(views.map((view) => this.readSync(view)));
  }

  readSync(view: View): TypedArray {
    const elements = elementsOf(view), n = sizeOf(view.shape);
    if (isContiguous(view)) return copyOf(elements, view, n);
    const copy = hostArray(view.dtype, n);
    if (n > 0) {
      this.#map(identity, [view], [{ buffer: copy, dtype: view.dtype, ...contiguousLayout(view.shape) }]);
    }
    return copy;
  }

  readOne(view: View): number {
    return elementsOf(view)[view.offset];
  }

  flush(): void {}

  synchronize(): Promise<void> {
    return Promise.resolve();
  }

  memory(): MemoryInfo {
    return this.#pool.memory();
  }

  [Symbol.dispose](): void {
    this.#pool.clear();
  }
}
