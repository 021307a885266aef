/** The memory of a plan as generated code names it. */
import {
  arenaOf,
  type Buffer,
  type DType,
  hostArray,
  type PlanMemory,
  type PlanView,
  type TypedArray,
} from "@tapegrad/core/backend";
import { arrayOver } from "../../common/arrays.ts";

/** What is in a plan's memories beside what runs bring: the arrays by memory. */
export interface Arrays {
  /** The array of each memory; none of those that are given. */
  readonly arrays: readonly (TypedArray | undefined)[];
  /** The bytes of inner memory. */
  readonly bytes: number;
}

/** Arrays for all memory that is not given: inner ones share bytes in turn. */
export function arraysFor(memories: readonly PlanMemory[]): Arrays {
  const { offsets, bytes } = arenaOf(memories, 16), arena = new ArrayBuffer(bytes);
  const arrays = memories.map(({ kind, dtype, length, data }, i) => {
    if (kind === "inner") return arrayOver(dtype, arena, offsets[i], length);
    return kind === "number" ? hostArray(dtype, length) : data;
  });
  return { arrays, bytes };
}

/** How a part of a program's code names the memory that it touches. */
export class Names {
  readonly #memories: readonly PlanMemory[];
  readonly #arrays: Arrays["arrays"];
  readonly #isLocal: (memory: number) => boolean;
  readonly #scope: Map<string, unknown>;
  readonly #first: readonly number[];
  /** Declarations before all steps. */
  readonly head = new Set<string>();

  /** Of a part, in which some memories of one element are local variables; arrays go into `scope` under their names. */
  constructor(
    memories: readonly PlanMemory[],
    arrays: Arrays["arrays"],
    scope: Map<string, unknown>,
    isLocal: (memory: number) => boolean,
  ) {
    this.#memories = memories;
    this.#arrays = arrays;
    this.#scope = scope;
    this.#isLocal = isLocal;
    let next = 0;
    this.#first = memories.map(({ kind, length }) => kind === "number" ? (next += length) - length : 0);
  }

  /** The name of a memory as an array. */
  array(memory: number): string {
    const { kind, length } = this.#memories[memory], name = `m${memory}`;
    if (kind === "given") this.head.add(`const ${name} = given[${memory}];`);
    else this.#scope.set(name, this.#arrays[memory]);
    const from = this.#first[memory];
    if (kind === "number") {
      for (let i = 0; i < length; i++) this.head.add(`${name}[${i}] = numbers[${from + i}];`);
    }
    return name;
  }

  /** The text of the element of a view at a place, which reads it. */
  read({ memory }: PlanView, place: string): string {
    const { kind, length, data } = this.#memories[memory];
    if (this.#isLocal(memory)) return `v${memory}`;
    if (kind === "number" && length === 1) return `numbers[${this.#first[memory]}]`;
    if (kind === "constant" && length === 1) return literal(data![0] as number);
    return `${this.array(memory)}[${place}]`;
  }

  /** The statement that writes a value there. */
  write({ memory, dtype }: PlanView, place: string, value: string): string {
    if (!this.#isLocal(memory)) return `${this.array(memory)}[${place}] = ${value};`;
    this.head.add(`let v${memory} = 0;`);
    return `v${memory} = ${held(dtype, value)};`;
  }
}

/** A number as source. */
function literal(value: number): string {
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : String(value);
}

/** The dtypes whose elements a variable can hold. */
export const heldDtypes: ReadonlySet<DType> = new Set(["f32", "f64", "i32", "u32", "bool"]);

// What an array of the dtype would make of it.
function held(dtype: DType, value: string): string {
  if (dtype === "f32") return `Math.fround(${value})`;
  if (dtype === "i32") return `(${value}) | 0`;
  return dtype === "u32" ? `(${value}) >>> 0` : value;
}

/** A buffer as it is on this backend. */
export function asBuffer(array: TypedArray | undefined): Buffer {
  return array as unknown as Buffer;
}
