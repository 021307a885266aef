/** The elements of tensors, as MPI is given them: in place, where they lie in memory of the host. */
import { cpuElements } from "@tapegrad/backends";
import type { Kernel, View } from "@tapegrad/core/backend";
import {
  BackendError,
  contiguous,
  registerKernel,
  showShape,
  sizeOf,
  type Tensor,
  type TypedArray,
} from "@tapegrad/core";
import { agree } from "../agreement.ts";
import { type Job, jobFor } from "../job.ts";
import type { Memory } from "../mpi/signatures.ts";

/** A call of MPI counts to less than 2³¹: more is sent in pieces. */
const MOST = 2 ** 30;

/** The elements of a row-major view. */
export function elementsOf(view: View): TypedArray {
  return cpuElements(view).subarray(view.offset, view.offset + sizeOf(view.shape)) as TypedArray;
}

/** The same memory as bytes, for what is only moved. */
export function bytesOf(view: View): Uint8Array {
  const { buffer, byteOffset, byteLength } = elementsOf(view);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Elements that are computed with. */
export function numbersOf(view: View): Memory {
  return elementsOf(view) as unknown as Memory;
}

/** Calls `fn` with the parts of an array that one call of MPI can take. */
export function inPieces(length: number, fn: (start: number, end: number) => void): void {
  for (let start = 0; start < length; start += MOST) fn(start, Math.min(start + MOST, length));
}

/** What is told of a view where ranks must have the same. */
export function typeText({ dtype, shape }: Pick<View, "dtype" | "shape">): string {
  return `${dtype} ${showShape(shape)}`;
}

/** What an op does: with the job, and views that lie row-major. */
export type Transport<A> = (job: Job, input: View, output: View, attributes: A) => void;

/** The kernel of an op by what it does, once all ranks said that they do the same. */
export function kernelOf<A>(
  name: string,
  transport: Transport<A>,
  label: (attributes: A) => string = () => "",
): Kernel<A> {
  return ([input], [output], attributes) => {
    const job = jobFor(name), told = label(attributes);
    agree(job, name, `${told === "" ? "" : `${told} `}${typeText(input)}`);
    transport(job, input, output, attributes);
  };
}

const registered = new WeakMap<object, Set<string>>();

/** A tensor as a kernel takes it, once its backend has the kernel; one that is not read at once is refused. */
export function prepared<A>(name: string, x: Tensor, kernel: Kernel<A>): Tensor {
  const { backend } = x;
  if (!backend.synchronous) {
    throw new BackendError(
      `Cannot ${name} on ${backend.name}: its memory is not the host's; move the tensor, await ready(x.to("wasm")), ` +
        "and move back what comes of it",
    );
  }
  const names = registered.get(backend) ?? new Set<string>();
  if (!names.has(name)) {
    registerKernel(backend.name, name, kernel);
    registered.set(backend, names.add(name));
  }
  return contiguous(x);
}
