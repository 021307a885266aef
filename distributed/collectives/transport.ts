/** The elements of tensors, as MPI is given them: in place, where they lie in memory of the host. */
import { cpuElements } from "@tapegrad/backends";
import {
  apply,
  arriving,
  type Buffer,
  contiguousLayout,
  definePrimitive,
  e,
  hostArray,
  map,
  type Primitive,
  showShape,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import { agree } from "../agreement.ts";
import { inTurn, type Job, jobFor } from "../job.ts";
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

/** How an op of ranks is done with memory of the host. */
export interface Route<A> {
  /** What is asked for, as errors say it. */
  readonly asked: string;
  /** What it does, with views that lie row-major. */
  readonly transport: (job: Job, input: View, output: View, attributes: A) => void;
  /** What all ranks must say alike before; `null` where nothing is to be said. */
  readonly says: (input: View, attributes: A) => string | null;
  /** Tells those who wait for this rank that its elements do not come; what it says otherwise is another. */
  readonly fails?: (job: Job, attributes: A) => void;
}

function go<A>({ asked, transport, says }: Route<A>, input: View, output: View, attributes: A): void {
  const job = jobFor(asked), said = says(input, attributes);
  if (said !== null) agree(job, asked, said);
  transport(job, input, output, attributes);
}

/**
 * Declares an op of ranks: it is done in place where memory is the host's. Of elements that are not there at once, as a
 * device's, it is done by way of the host when they come, and what comes of it is on its way meanwhile.
 */
export function defineRoute<A>(rules: Omit<Primitive<A>, "host" | "compose">, route: Route<A>): Primitive<A> {
  return definePrimitive<A>({
    ...rules,
    compose(backend, [input], [output], attributes): void {
      void backend.readSync; // what takes compositions apart for a plan refuses it, before other ranks are told
      go(route, input, output, attributes);
    },
    host([x], attributes): readonly Tensor[] | null {
      const types = [rules.infer([x], attributes)].flat();
      const made = x.backend.synchronous || jobFor(route.asked).size > 1
        ? arriving([x], {
          asked: route.asked,
          types,
          make: (read) => later(route, x, types, attributes, read),
        })
        : [apply(map, [x], copy)];
      // No kernel is started for nothing, and yet all ranks must have nothing.
      if (!made && types.every(({ shape }) => sizeOf(shape) === 0)) sayNothing(route, x, attributes);
      return made;
    },
  });
}

const copy = { name: "copy", exprs: [e.input(0)] };

function sayNothing<A>({ asked, says }: Route<A>, x: Tensor, attributes: A): void {
  const said = says(x, attributes);
  if (said !== null) agree(jobFor(asked), asked, said);
}

function later<A>(
  route: Route<A>,
  { dtype, shape }: Tensor,
  types: readonly TensorType[],
  attributes: A,
  read: () => Promise<readonly TypedArray[]>,
): Promise<readonly TypedArray[]> {
  const job = jobFor(route.asked);
  return inTurn(job, read(), (come) => {
    const [elements] = come ?? [];
    if (!elements) return refuseMissing(job, route, attributes);
    const outputs = types.map(({ dtype, shape }) => hostArray(dtype, sizeOf(shape)));
    go(route, viewOf(elements, { dtype, shape }), viewOf(outputs[0], types[0]), attributes);
    return outputs;
  });
}

// Where it is so on all ranks each has its own error.
function refuseMissing<A>(job: Job, { asked, fails }: Route<A>, attributes: A): readonly TypedArray[] {
  if (fails) fails(job, attributes);
  else agree(job, asked, "elements that did not arrive");
  return [];
}

function viewOf(elements: TypedArray, { dtype, shape }: Pick<View, "dtype" | "shape">): View {
  const buffer: Buffer & { readonly elements: TypedArray } = { elements, length: elements.length };
  return { buffer, dtype, ...contiguousLayout(shape) };
}
