/** Functions that read or write elements at indices, two loops of them. */
import { type Body, call, type Callable, type Local } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { i32, type Int, load, op, plus, times } from "../assembler/values.ts";
import { isFloating, type ScatterKind } from "@tapegrad/core/backend";
import { Code } from "../expr/lanes.ts";
import { lanesOf } from "../expr/pack.ts";
import type { Simd } from "../features.ts";
import { type Cell, meeting, type Plain } from "./cells.ts";
import { store } from "./lane_courses.ts";
import { advance, inSteps, Streams } from "./streams.ts";

/** How many bytes an index has. */
export const INDEX = 4;

/** What is done with the element at an index, and the one beside the index. */
type Act = (body: Body, target: Int, beside: Int) => void;

/** The target's element goes beside the index. */
export function moving(cell: Cell): Act {
  return (body, target, beside) => cell.store(body, beside, cell.load(target));
}

/** The element beside the index takes the place of the target's. */
export function setting(cell: Cell): Act {
  return (body, target, beside) => cell.store(body, target, cell.load(beside));
}

/** The element beside the index meets the target's. */
export function met(kind: Exclude<ScatterKind, "set">, dtype: Plain, cell: Cell): Act {
  const meet = meeting(kind, dtype);
  return (body, target, beside) => {
    const at = body.keep(target as Local<"i32">);
    cell.store(body, at, meet(body, cell.load(at), cell.load(beside)));
  };
}

// The pointers of the target, the index and what is beside it; their steps; their steps from row to row.
const PARAMETERS = Array.from({ length: 13 }, () => "i32" as const);

/** A function that does so for elements one by one, and gives the pointer of an index out of range, or 0. */
export function elementwise(module: Module, act: Act): Callable {
  return module.define(PARAMETERS, "i32", (body, parameters) => {
    const [target, index, beside, n, step, indexStep, besideStep, ...ofRows] = parameters;
    const [rows, row, indexRow, besideRow, extent, along] = ofRows, k = body.local("i32");
    body.upTo(body.local("i32"), rows, 1, () => {
      const p = body.keep(target), i = body.keep(index), q = body.keep(beside);
      body.set(k, i32(0));
      body.upTo(k, n, 1, () => {
        act(body, plus(p, times(checked(body, i, extent), along)), q);
        body.advance(p, step);
        body.advance(i, indexStep);
        body.advance(q, besideStep);
      });
      body.advance(target, row);
      body.advance(index, indexRow);
      body.advance(beside, besideRow);
    });
    return i32(0);
  });
}

/** The same for rows of neighbours that have one index, which are copied from the target as they are. */
export function runs(module: Module, bytes: number): Callable {
  return module.define(PARAMETERS, "i32", (body, parameters) => {
    const [target, index, beside, n, , , , rows, row, indexRow, besideRow, extent, along] = parameters;
    body.upTo(body.local("i32"), rows, 1, () => {
      const at = checked(body, index, extent);
      body.copy(beside, plus(target, times(at, along)), times(n, bytes));
      body.advance(target, row);
      body.advance(index, indexRow);
      body.advance(beside, besideRow);
    });
    return i32(0);
  });
}

const vectorMeetings = { add: "add", prod: "mul", max: "max", min: "min" } as const;

/** The same for rows whose elements meet those of the target, which has none of them twice. */
export function metRuns(
  module: Module,
  simd: Simd,
  kind: Exclude<ScatterKind, "set">,
  dtype: Exclude<Plain, "bool">,
): Callable {
  return module.define(PARAMETERS, "i32", (body, parameters) => {
    const [target, index, beside, n, step, , , rows, row, indexRow, besideRow, extent, along] = parameters;
    const code = new Code(body, simd), on = lanesOf(code, dtype), meet = meeting(kind, dtype);
    const isOrdered = (kind === "max" || kind === "min") && !isFloating(dtype),
      sign = dtype === "u32" ? "_u" : "_s";
    const name = vectorMeetings[kind] + (isOrdered ? sign : "");
    body.upTo(body.local("i32"), rows, 1, () => {
      const pointer = body.keep(plus(target, times(checked(body, index, extent), along)));
      const into = { dtype, class: "1", pointer, step } as const, from = { ...into, pointer: beside };
      const at = new Streams(code, [into, from]), to = { ...into, pointer: body.keep(pointer) };
      inSteps(code, body.keep(n), code.isVector ? 16 : 1, (elements, left) => {
        const [own, others] = at.packs(elements, left);
        const parts = own.parts.map((part, i) =>
          code.isVector ? on.is(name, part, others.parts[i]) : meet(body, part, others.parts[i])
        );
        store(code, to, { dtype, parts }, elements, left);
        advance(body, [to], elements);
        at.advance(elements);
      });
      body.advance(target, row);
      body.advance(index, indexRow);
      body.advance(beside, besideRow);
    });
    return i32(0);
  });
}

/** A function that writes down at an address, its last parameter, what another finds out of range first. */
export function noting(module: Module, found: Callable): Callable {
  return module.define([...PARAMETERS, "i32"], null, (body, given) => {
    const note = given[PARAMETERS.length];
    const pointer = body.keep(call(found as Callable<readonly "i32"[], "i32">, ...given.slice(0, -1)));
    body.if(op("i32.and", op("i32.ne", pointer, i32(0)), op("i32.eqz", load("i32.load", note))), () => {
      body.store("i32.store", note, pointer);
    });
  });
}

/** A function that gives the first of some words that is not 0, or 0. */
export function firstOf(module: Module): Callable {
  return module.define(["i32", "i32"], "i32", (body, [words, count]) => {
    body.upTo(body.local("i32"), count, 1, () => {
      const word = body.keep(load("i32.load", words));
      body.if(word, () => body.return(word));
      body.advance(words, INDEX);
    });
    return i32(0);
  });
}

// What is not below the extent ends the function; a negative one is a large one.
function checked(body: Body, index: Local<"i32">, extent: Int): Local<"i32"> {
  const at = body.keep(load("i32.load", index));
  body.if(op("i32.ge_u", at, extent as Local<"i32">), () => body.return(index));
  return at;
}
