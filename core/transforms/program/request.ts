/** Programs as backends plan them: where each value's memory comes from, and steps as kernels see them. */
import type { DType, TypedArray } from "../../base/dtype.ts";
import { hostArray } from "../../base/dtype.ts";
import { hasKernel, runSeen, seenBy } from "../../call/launch.ts";
import { isComposite, type Op, type Primitive, type Rules } from "../../call/op.ts";
import type { Backend, Buffer, Kernel, View } from "../../device/backend.ts";
import type { PlanMemory, PlanRequest, PlanStep, PlanView } from "../../device/plan.ts";
import { castNumber } from "../../expr/evaluate.ts";
import {
  type ProgramParts,
  type ProgramStep,
  type ProgramValue,
  type ProgramView,
  uploading,
} from "./parts.ts";

/** A program as a backend is asked to plan it, and which value each memory that a run names is. */
export interface Requested {
  readonly request: PlanRequest;
  /** The values of given memories, in order. */
  readonly given: readonly number[];
  /** The values of numbers, in order. */
  readonly numbers: readonly number[];
}

type Memory = { -readonly [K in keyof PlanMemory]: PlanMemory[K] };

/** Memory that stands for a buffer while steps are taken apart. */
interface Stand extends Buffer {
  readonly memory: Memory;
}

/** A step before memories have their places. */
interface Drafted {
  readonly op: string;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  readonly attributes: unknown;
  readonly run: PlanStep["run"];
}

/** Thrown by what a step asks of a backend that is none. */
const APART = /* @__PURE__ */ Symbol("a step that is not made of kernels");

/**
 * What a backend is asked to plan of a program; `isFollowed` tells of a literal whether its number may change. `null`
 * where a composite has no kernel there.
 */
export function requestOf(
  parts: ProgramParts,
  backend: Backend,
  isFollowed: (value: number) => boolean,
): Requested | null {
  const runs = ({ op }: ProgramStep): boolean => !isComposite(op as Op) || hasKernel(backend, op.name);
  return parts.steps.every(runs) ? new Draft(parts, backend, isFollowed).requested() : null;
}

class Draft {
  readonly #parts: ProgramParts;
  readonly #backend: Backend;
  readonly #memories: Stand[] = [];
  readonly #byValue: (Stand | undefined)[] = [];
  readonly #steps: Drafted[] = [];
  readonly #given: readonly number[];
  readonly #numbers: readonly number[];

  constructor(parts: ProgramParts, backend: Backend, isFollowed: (value: number) => boolean) {
    this.#parts = parts;
    this.#backend = backend;
    const { values } = parts, found = foundOf(parts), constants = constantUploads(parts, found);
    const indices = values.map((_, i) => i),
      isNumber = (i: number): boolean => isFollowed(i) || values[i].kind === "key";
    this.#given = indices.filter((i) => isGiven(values[i]) || found.has(i));
    this.#numbers = indices.filter(isNumber);
    for (const i of this.#given) this.#add(i, "given");
    for (const i of this.#numbers) this.#add(i, "number");
    indices.forEach((i) => {
      if (values[i].kind === "literal" && !isNumber(i)) this.#add(i, "constant", literalData(values[i]));
      else if (constants.has(i)) this.#add(i, "constant", uploadedBy(constants.get(i)!));
    });
    const hoisted = new Set(constants.values());
    for (const step of parts.steps) if (!hoisted.has(step)) this.#take(step);
  }

  #add(value: number, kind: PlanMemory["kind"], data?: TypedArray): Stand {
    const { dtype, length } = this.#parts.values[value];
    return this.#byValue[value] = this.#made(kind, dtype, length, data);
  }

  #made(kind: PlanMemory["kind"], dtype: DType, length: number, data?: TypedArray): Stand {
    const memory: Memory = { kind, dtype, length, first: Infinity, last: -1, ...data && { data } };
    const stand = { length, memory };
    this.#memories.push(stand);
    return stand;
  }

  #take(step: ProgramStep): void {
    const { op, attributes } = step;
    const [inputs, outputs] = [step.inputs, step.outputs].map((views) =>
      views.map((view) => this.#view(view))
    );
    if (op === uploading) return this.#upload(outputs, (attributes as { readonly data: TypedArray }).data);
    const seen = seenBy(op, inputs, outputs, attributes);
    if (hasKernel(this.#backend, op.name)) return this.#kernel(op.name, seen, outputs, attributes);
    const [steps, memories] = [this.#steps.length, this.#memories.length];
    try {
      (op as Primitive<unknown>).compose!(this.#apart(), seen, outputs, attributes);
    } catch {
      // It is not made of kernels alone, as what is computed on the host.
      this.#steps.length = steps;
      this.#memories.length = memories;
      this.#whole(op, seen, outputs, attributes);
    }
  }

  #view({ value, shape, strides, offset }: ProgramView): View {
    const buffer = this.#byValue[value] ?? this.#add(value, "inner");
    return { buffer, dtype: this.#parts.values[value].dtype, shape, strides, offset };
  }

  #kernel(op: string, inputs: readonly View[], outputs: readonly View[], attributes: unknown): void {
    const { kernels } = this.#backend;
    this.#push(
      op,
      inputs,
      outputs,
      attributes,
      (reads, writes) => kernels.get(op)!(reads, writes, attributes as never),
    );
  }

  #whole(op: Rules<unknown>, inputs: readonly View[], outputs: readonly View[], attributes: unknown): void {
    const backend = this.#backend;
    this.#push(
      op.name,
      inputs,
      outputs,
      attributes,
      (reads, writes) => runSeen(op, backend, reads, writes, attributes),
    );
  }

  #upload(outputs: readonly View[], data: TypedArray): void {
    const backend = this.#backend;
    this.#push("upload", [], outputs, { data }, (_, [{ buffer }]) => backend.write(buffer, data));
  }

  #push(
    op: string,
    inputs: readonly View[],
    outputs: readonly View[],
    attributes: unknown,
    run: PlanStep["run"],
  ): void {
    for (const { buffer } of [...inputs, ...outputs]) {
      const { memory } = buffer as Stand;
      memory.first = Math.min(memory.first, this.#steps.length);
      memory.last = this.#steps.length;
    }
    this.#steps.push({ op, inputs, outputs, attributes, run });
  }

  // What takes a step apart: a backend whose kernels note that they were called.
  #apart(): Backend {
    const noted = (op: string): Kernel => (inputs, outputs, attributes: unknown) =>
      this.#kernel(op, inputs, outputs, attributes);
    const { name, ieee, managed, dtypes, synchronous, kernels } = this.#backend;
    const refuse = (): never => {
      throw APART;
    };
    return {
      name,
      ieee,
      managed,
      dtypes,
      synchronous,
      kernels: new Map([...kernels.keys()].map((op) => [op, noted(op)])),
      get readSync() {
        return refuse();
      },
      allocate: (dtype, length) => this.#made("inner", dtype, length),
      free: () => {},
      write: (buffer, data) => this.#upload([all(buffer as Stand)], data.slice()),
      read: refuse,
      flush: refuse,
      synchronize: refuse,
      memory: refuse,
      [Symbol.dispose]: refuse,
    };
  }

  /** The memories in their order, and steps by their places. */
  requested(): Requested {
    const order = ["given", "number", "constant", "inner"] as const;
    const stands = order.flatMap((kind) => this.#memories.filter(({ memory }) => memory.kind === kind));
    const places = new Map<Buffer, number>(stands.map((stand, i) => [stand, i]));
    const placed = ({ buffer, dtype, shape, strides, offset }: View): PlanView => (
      { memory: places.get(buffer)!, dtype, shape, strides, offset }
    );
    const steps = this.#steps.map((step): PlanStep => (
      { ...step, inputs: step.inputs.map(placed), outputs: step.outputs.map(placed) }
    ));
    const memories = stands.map(({ memory }) => memory.last < 0 ? { ...memory, first: 0 } : memory);
    return { request: { memories, steps }, given: this.#given, numbers: this.#numbers };
  }
}

function all(buffer: Stand): View {
  return { buffer, dtype: buffer.memory.dtype, shape: [buffer.length], strides: [1], offset: 0 };
}

function isGiven({ kind }: ProgramValue): boolean {
  return kind === "input" || kind === "captured" || kind === "gradient";
}

/** Values that are made and found by someone afterwards. */
function foundOf({ values, outputs, effects }: ProgramParts): ReadonlySet<number> {
  const found = [...outputs, ...effects.flatMap(({ gradient }) => gradient ?? [])].map(({ value }) => value);
  return new Set(found.filter((i) => values[i].kind === "made"));
}

/** Uploads of what nobody else writes to, by value: they need to happen once. */
function constantUploads(
  { values, steps }: ProgramParts,
  found: ReadonlySet<number>,
): ReadonlyMap<number, ProgramStep> {
  const writers = new Map<number, ProgramStep[]>();
  for (const step of steps) {
    for (const { value } of step.outputs) writers.set(value, [...writers.get(value) ?? [], step]);
  }
  return new Map(
    [...writers].flatMap(([value, [first, ...more]]) =>
      first.op === uploading && more.length === 0 && values[value].kind === "made" && !found.has(value)
        ? [[value, first] as const]
        : []
    ),
  );
}

function uploadedBy({ attributes }: ProgramStep): TypedArray {
  return (attributes as { readonly data: TypedArray }).data;
}

function literalData({ dtype, number }: ProgramValue): TypedArray {
  const data = hostArray(dtype, 1);
  data[0] = castNumber(number!, dtype);
  return data;
}
