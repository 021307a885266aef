/** The same kernels on a device and on the TypeScript backend. */
import {
  type Backend,
  contiguousLayout,
  type DType,
  hostArray,
  type Shape,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals } from "@std/assert";

const reference = createCpuBackend({ name: "reference" });

/** Elements and how they are seen. */
export interface Given {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly fill: (place: number) => number;
  /** Row-major unless they are given. */
  readonly strides?: readonly number[];
}

/** A kernel call. */
export type Call = (backend: Backend, inputs: readonly View[], output: View) => void;

interface Queued {
  readonly told: string;
  readonly expected: View;
  readonly found: View;
  readonly ulps: number;
}

/** Room for a row-major result. */
export function room(backend: Backend, dtype: DType, shape: Shape): View {
  return { buffer: backend.allocate(dtype, sizeOf(shape)), dtype, ...contiguousLayout(shape) };
}

/** Elements on a backend. */
export function put(backend: Backend, { dtype, shape, fill, strides }: Given): View {
  const last = strides?.reduce((at, step, axis) => at + step * (shape[axis] - 1), 0) ?? sizeOf(shape) - 1;
  const data = hostArray(dtype, last + 1);
  for (let i = 0; i <= last; i++) data[i] = fill(i);
  const buffer = backend.allocate(dtype, data.length);
  backend.write(buffer, data);
  return { buffer, dtype, ...contiguousLayout(shape), ...strides && { strides } };
}

/** Runs kernels on a device and on the reference, and compares all of it in one read. */
export class SideBySide {
  readonly #device: Backend;
  readonly #queued: Queued[] = [];

  constructor(device: Backend) {
    this.#device = device;
  }

  /** Queues a kernel; results may be `ulps` times 2^-24 of their size off, or of 1 where they are smaller. */
  run(
    told: string,
    inputs: readonly Given[],
    { dtype, shape }: Pick<Given, "dtype" | "shape">,
    call: Call,
    ulps = 0,
  ): void {
    const [expected, found] = [reference, this.#device].map((backend) => {
      const output = room(backend, dtype, shape);
      call(backend, inputs.map((given) => put(backend, given)), output);
      return output;
    });
    this.#queued.push({ told, expected, found, ulps });
  }

  /** Compares what was queued. */
  async compare(): Promise<void> {
    const all = await this.#device.read(this.#queued.map(({ found }) => found));
    this.#queued.forEach(({ told, expected, ulps }, i) =>
      same(told, reference.readSync!(expected), all[i], ulps)
    );
    this.#queued.length = 0;
  }
}

function same(told: string, expected: TypedArray, found: TypedArray, ulps: number): void {
  const at = expected.findIndex((v: number, i: number) => !close(v, found[i], ulps));
  assertEquals(
    at < 0 ? "equal" : `[${at}] = ${found[at]}`,
    at < 0 ? "equal" : `[${at}] = ${expected[at]}`,
    told,
  );
}

function close(a: number, b: number, ulps: number): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  return ulps > 0 && Math.abs(a - b) <= ulps * 2 ** -24 * Math.max(1, Math.abs(a));
}

/** Whole numbers from -3 to 3 in no order: their sums are exact, and many are equal. */
export function whole(place: number): number {
  return ((place + 1) * 7919 % 104729) % 7 - 3;
}
