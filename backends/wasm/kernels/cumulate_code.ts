/** Functions that accumulate along lanes. */
import type { Body, Callable, Local } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import type { ValueType } from "../assembler/types.ts";
import { i32, type Int, load, op, plus, select, times, type Value } from "../assembler/values.ts";
import type { Cell } from "./cells.ts";
import type { Running } from "./running.ts";

/** What accumulates, of which elements. */
export interface Code {
  /** How. */
  readonly running: Running;
  /** The elements of the inputs. */
  readonly cell: Cell;
  /** Those of the result. */
  readonly result: Cell;
  /** How many inputs there are, one or two. */
  readonly inputs: number;
}

/** How many bytes the state of a lane has while another is worked on. */
export const STATE = 16;
const PART = 8;

// The pointers of two inputs and the output; how many elements; their steps; how many lanes, and the steps from one to
// the next; the last position, or -1 where they are counted from the first; room for states.
const PARAMETERS = Array.from({ length: 13 }, () => "i32" as const);

type Pointers = readonly Local<"i32">[];

/** A function that runs along one lane after another. */
export function along(module: Module, code: Code): Callable {
  return module.define(PARAMETERS, null, (body, parameters) => {
    const pointers = parameters.slice(0, 3), [n, ...rest] = parameters.slice(3), steps = rest.slice(0, 3);
    const [rows, ...rowSteps] = rest.slice(3, 7), last = rest[7], k = body.local("i32");
    body.upTo(body.local("i32"), rows, 1, () => {
      const state = code.running.start.map((value) => body.keep(value));
      const at = pointers.map((pointer) => body.keep(pointer));
      body.set(k, i32(0));
      body.upTo(k, n, 1, () => {
        advanced(body, code, { state, at, place: placeOf(k, last) });
        forward(body, at, steps);
      });
      forward(body, pointers, rowSteps);
    });
  });
}

/** A function that runs along all lanes side by side, and holds the state of each in memory. */
export function across(module: Module, code: Code): Callable {
  return module.define(PARAMETERS, null, (body, parameters) => {
    const pointers = parameters.slice(0, 3), [n, ...rest] = parameters.slice(3), steps = rest.slice(0, 3);
    const [rows, ...rowSteps] = rest.slice(3, 7), [last, room] = rest.slice(7);
    const { start } = code.running, k = body.local("i32"), row = body.local("i32");
    const end = body.keep(plus(room, times(rows, STATE))), state = start.map(({ type }) => body.local(type));
    const slot = body.keep(room);
    body.upTo(slot, end, STATE, () => start.forEach((value, i) => put(body, slot, i, value)));
    body.upTo(k, n, 1, () => {
      const at = pointers.map((pointer) => body.keep(pointer));
      body.set(slot, room);
      body.set(row, i32(0));
      body.upTo(row, rows, 1, () => {
        state.forEach((local, i) => body.set(local, held(slot, i, local.type)));
        advanced(body, code, { state, at, place: placeOf(k, last) });
        state.forEach((local, i) => put(body, slot, i, local));
        forward(body, at, rowSteps);
        body.advance(slot, STATE);
      });
      forward(body, pointers, steps);
    });
  });
}

interface Place {
  readonly state: readonly Local[];
  readonly at: Pointers;
  readonly place: Value<"i32">;
}

function advanced(body: Body, { running, cell, result, inputs }: Code, { state, at, place }: Place): void {
  const elements = at.slice(0, inputs).map((pointer) => body.keep(cell.load(pointer)));
  result.store(body, at[2], running.step(body, state, elements, place));
}

function placeOf(k: Local<"i32">, last: Local<"i32">): Value<"i32"> {
  return select(op("i32.ge_s", last, i32(0)), op("i32.sub", last, k), k);
}

function forward(body: Body, pointers: Pointers, steps: readonly Int[]): void {
  pointers.forEach((pointer, i) => body.advance(pointer, steps[i]));
}

function put(body: Body, slot: Local<"i32">, part: number, value: Value): void {
  if (value.type === "f64") body.store("f64.store", slot, value as Value<"f64">, part * PART);
  else body.store("i32.store", slot, value as Value<"i32">, part * PART);
}

function held(slot: Local<"i32">, part: number, type: ValueType): Value {
  return type === "f64" ? load("f64.load", slot, part * PART) : load("i32.load", slot, part * PART);
}
