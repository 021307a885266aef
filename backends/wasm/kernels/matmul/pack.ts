/** Packing: lines of a matrix, so many at a time, element by element next to each other. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, type Int, op, plus, shuffle, times, type Value } from "../../assembler/values.ts";
import { asTheyAre, type Prologue } from "./hooks.ts";
import { bytesOf, type Lanes, oneLane } from "./lanes.ts";

const six = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;

/**
 * Packs: from where, the distances of lines and of steps along them in bytes, how many lines, how many steps, to where.
 * The last panel has zeros for lines that are missing.
 */
export type Pack = Callable<typeof six, null>;

type Count = Local<"i32">;

/** Elements on their way into panels. */
interface Panel {
  readonly body: Body;
  readonly lanes: Lanes;
  readonly prologue: Prologue;
  /** Of how many lines. */
  readonly width: number;
  readonly from: Count;
  readonly line: Count;
  readonly step: Count;
  readonly depth: Count;
  readonly to: Count;
}

/** Defines packing into panels of so many lines. */
export function definePack(module: Module, lanes: Lanes, width: number, prologue = asTheyAre): Pack {
  return module.define(six, null, (body, [from, line, step, lines, depth, to]) => {
    const panel: Panel = { body, lanes, prologue, width, from, line, step, depth, to };
    const bytes = body.keep(times(depth, width * bytesOf(lanes)));
    body.while(op("i32.ge_u", lines, i32(width)), () => {
      packPanel(panel);
      body.advance(from, times(line, width));
      body.advance(to, bytes);
      body.advance(lines, -width);
    });
    body.if(lines, () => {
      body.fill(to, 0, bytes);
      packLines(panel, lines);
    });
  });
}

function packPanel(panel: Panel): void {
  const { body, line, step, lanes, width } = panel, next = i32(bytesOf(lanes));
  const apart = () => packLines(panel, width);
  if (lanes.count === 1) return apart();
  body.if(
    op("i32.eq", line, next),
    () => packAcross(panel),
    () => body.if(op("i32.eq", step, next), () => packPairs(panel), apart),
  );
}

// Line by line, however they lie.
function packLines(panel: Panel, lines: Int): void {
  const { body, lanes, from, line, to } = panel;
  const source = body.keep(from), target = body.keep(to), rest = body.keep(plus(lines, 0));
  body.loop((start) => {
    packLine(panel, source, target);
    body.advance(source, line);
    body.advance(target, bytesOf(lanes));
    body.advance(rest, -1);
    body.branchIf(start, rest);
  });
}

function packLine({ body, lanes, prologue, width, step, depth }: Panel, source: Count, target: Count): void {
  const one = oneLane(lanes.element), p = body.keep(source), q = body.keep(target);
  repeat(body, depth, () => {
    one.store(body, q, prologue(body, one.load(p, 0), one), 0);
    body.advance(p, step);
    body.advance(q, width * bytesOf(lanes));
  });
}

// Lines next to each other: a step of all of them is a run of elements.
function packAcross({ body, lanes, prologue, width, from, step, depth, to }: Panel): void {
  const size = bytesOf(lanes), p = body.keep(from), q = body.keep(to);
  repeat(body, depth, () => {
    for (let at = 0; at < width; at += lanes.count) {
      const real = Math.min(lanes.count, width - at);
      lanes.store(body, q, prologue(body, lanes.load(p, at * size, real), lanes), at * size, real);
    }
    body.advance(p, step);
    body.advance(q, width * size);
  });
}

// Steps next to each other: two lines at a time are woven into one.
function packPairs(panel: Panel): void {
  const { body, lanes, width, from, line, depth, to } = panel;
  const p = body.keep(from), whole = body.keep(op("i32.div_u", depth, i32(lanes.count)));
  const rest = body.keep(op("i32.rem_u", depth, i32(lanes.count)));
  for (let at = 0; at + 1 < width; at += 2) {
    const a = body.keep(p), b = body.keep(plus(a, line)), q = body.keep(plus(to, at * bytesOf(lanes)));
    body.set(p, plus(b, line));
    weave(panel, a, b, q, whole, rest);
  }
  if (width % 2 === 1) packLine(panel, p, body.keep(plus(to, (width - 1) * bytesOf(lanes))));
}

function weave(
  { body, lanes, prologue, width }: Panel,
  a: Count,
  b: Count,
  to: Count,
  whole: Count,
  rest: Count,
): void {
  const size = bytesOf(lanes), one = oneLane(lanes.element), row = width * size;
  repeat(body, whole, () => {
    const x = body.keep(prologue(body, lanes.load(a, 0), lanes)),
      y = body.keep(prologue(body, lanes.load(b, 0), lanes));
    storePairs(body, lanes, to, x as Value<"v128">, y as Value<"v128">, row);
    for (const source of [a, b]) body.advance(source, lanes.count * size);
    body.advance(to, lanes.count * row);
  });
  repeat(body, rest, () => {
    [a, b].forEach((source, i) => {
      one.store(body, to, prologue(body, one.load(source, 0), one), i * size);
      body.advance(source, size);
    });
    body.advance(to, row);
  });
}

function storePairs(
  body: Body,
  lanes: Lanes,
  to: Count,
  x: Value<"v128">,
  y: Value<"v128">,
  row: number,
): void {
  const size = bytesOf(lanes), half = lanes.count / 2;
  for (let part = 0; part < 2; part++) {
    const numbers: number[] = [];
    for (let lane = 0; lane < half; lane++) {
      for (const source of [0, 16]) {
        const first = source + (part * half + lane) * size;
        for (let byte = 0; byte < size; byte++) numbers.push(first + byte);
      }
    }
    const woven = shuffle(x, y, numbers), at = part * half * row;
    if (half === 1) body.store("v128.store", to, woven, at);
    else {
      const both = body.keep(woven);
      for (const lane of [0, 1]) body.storeLane("v128.store64_lane", to, both, lane, at + lane * row);
    }
  }
}

/** Runs statements so many times. */
export function repeat(body: Body, times: Count, statements: () => void): void {
  const rest = body.keep(times);
  body.while(rest, () => {
    statements();
    body.advance(rest, -1);
  });
}
