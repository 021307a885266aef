/** Packing of what lies at the sums of two tables of distances: of patches of images, a line each, or across them. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, load, op, plus, shuffle, times, type Value } from "../../assembler/values.ts";
import { indices } from "../matmul/direct.ts";
import { bytesOf, type Lanes } from "../matmul/lanes.ts";
import { repeat } from "../matmul/pack.ts";
import { gathered } from "./lines_code.ts";

const six = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;

/**
 * Packs into panels: from where, the table of lines, how many there are, the table of steps, how many there are, to
 * where. An element is at the sum of three: the start, the distance of its line and that of its step, in bytes; Distances
 * grow from 0 on; a table of lines goes on with zeros to where a panel ends.
 */
export type PackTabled = Callable<typeof six, null>;

type Count = Local<"i32">;
type Vector = Value<"v128">;

/** Elements on their way into a part of a panel as wide as a vector. */
interface Part {
  readonly body: Body;
  readonly lanes: Lanes;
  /** Where the part's lines start. */
  readonly lines: readonly Count[];
  /** The table of steps. */
  readonly steps: Count;
  readonly depth: Count;
  readonly to: Count;
  /** From one step to the next, in the panel. */
  readonly row: number;
}

const ENTRY = 4;

/** Defines packing into panels of so many lines. */
export function definePackTabled(module: Module, lanes: Lanes, width: number): PackTabled {
  const size = bytesOf(lanes);
  return module.define(six, null, (body, [from, table, lines, steps, depth, to]) => {
    const panel = body.keep(times(depth, width * size));
    const next = body.local("i32");
    body.upTo(next, lines, width, () => {
      for (let at = 0; at < width; at += lanes.count) {
        const starts = indices(lanes.count).map((i) =>
          body.keep(plus(from, load("i32.load", table, (at + i) * ENTRY)))
        );
        packPart({
          body,
          lanes,
          lines: starts,
          steps,
          depth,
          to: body.keep(plus(to, at * size)),
          row: width * size,
        });
      }
      body.advance(table, width * ENTRY);
      body.advance(to, panel);
    });
  });
}

function packPart(part: Part): void {
  const { body, lanes, lines } = part, { count } = lanes, last = (count - 1) * bytesOf(lanes);
  if (count === 1) return eachStep(part, packStep);
  const isRun = op("i32.eq", op("i32.sub", lines[count - 1], lines[0]), i32(last));
  body.if(isRun, () => packRun(part), () => packWoven(part));
}

// Lines next to each other.
function packRun(part: Part): void {
  eachStep(part, ({ body, lanes, lines, to, steps }) => {
    lanes.store(body, to, lanes.load(plus(lines[0], load("i32.load", steps)), 0), 0);
  });
}

function eachStep(part: Part, statements: (part: Part) => void): void {
  const { body, steps, depth, to, row } = part, table = body.keep(steps);
  repeat(body, depth, () => {
    statements({ ...part, steps: table });
    body.advance(table, ENTRY);
    body.advance(to, row);
  });
}

// As many steps as a vector has lanes at once where they lie next to each other.
function packWoven(part: Part): void {
  const { body, lanes, steps, depth } = part, { count } = lanes, table = body.keep(steps);
  const rest = body.keep(depth), whole: Part = { ...part, steps: table }, last = (count - 1) * bytesOf(lanes);
  body.while(rest, () => {
    const first = load("i32.load", table), behind = load("i32.load", table, (count - 1) * ENTRY);
    const isRun = op("i32.eq", op("i32.sub", behind, first), i32(last));
    body.if(op("i32.and", op("i32.ge_u", rest, i32(count)), isRun), () => {
      weave(whole);
      body.advance(rest, -count);
    }, () => {
      packStep(whole);
      body.advance(table, ENTRY);
      body.advance(part.to, part.row);
      body.advance(rest, -1);
    });
  });
}

// One step of lines wherever they are.
function packStep({ body, lanes, lines, steps, to }: Part): void {
  const step = body.keep(load("i32.load", steps));
  lanes.store(body, to, gathered(lanes, lines.map((line) => plus(line, step))), 0);
}

function weave({ body, lanes, lines, steps, to, row }: Part): void {
  const step = body.keep(load("i32.load", steps));
  const vectors = lines.map((line) => body.keep(lanes.load(plus(line, step), 0) as Vector));
  turned(body, vectors).forEach((vector, i) => lanes.store(body, to, vector, i * row));
  body.advance(steps, lanes.count * ENTRY);
  body.advance(to, lanes.count * row);
}

// Two vectors of two, or four of four, as those of their first lanes, of their second, and so on.
function turned(body: Body, vectors: readonly Local<"v128">[]): readonly Vector[] {
  if (vectors.length === 2) {
    const [a, b] = vectors;
    return [words(a, b, [0, 1, 4, 5]), words(a, b, [2, 3, 6, 7])];
  }
  const [a, b, c, d] = vectors, keep = (x: Vector) => body.keep(x);
  const low = [keep(words(a, b, [0, 4, 1, 5])), keep(words(c, d, [0, 4, 1, 5]))];
  const high = [keep(words(a, b, [2, 6, 3, 7])), keep(words(c, d, [2, 6, 3, 7]))];
  return [low, high].flatMap(([x, y]) => [words(x, y, [0, 1, 4, 5]), words(x, y, [2, 3, 6, 7])]);
}

function words(a: Vector, b: Vector, numbers: readonly number[]): Vector {
  return shuffle(a, b, numbers.flatMap((n) => [0, 1, 2, 3].map((byte) => 4 * n + byte)));
}
