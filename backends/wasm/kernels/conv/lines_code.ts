/** Convolutions of few channels at a time, along lines of the image where they lie: nothing is packed. */
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, load, loadLane, op, plus, times, type Value } from "../../assembler/values.ts";
import { indices } from "../matmul/direct.ts";
import { wholeNumbers } from "../matmul/hooks.ts";
import { bytesOf, type Lanes, oneLane } from "../matmul/lanes.ts";
import { repeat } from "../matmul/pack.ts";

type Count = Local<"i32">;
type Vector = Value<"v128">;

const ENTRY = 4;

/** Elements so far apart as one vector. */
export function gathered(lanes: Lanes, addresses: readonly Value<"i32">[]): Value {
  const [first, ...others] = addresses, bits = bytesOf(lanes) * 8 as 32 | 64;
  if (others.length === 0 && lanes.count === 1) return lanes.load(first, 0);
  return others.reduce<Vector>(
    (all, address, i) => loadLane(`v128.load${bits}_lane`, address, all, i + 1),
    load(`v128.load${bits}_zero`, first),
  );
}

/** How elements of a line are read: next to each other, or so far apart as a variable says. */
interface Reading {
  readonly lanes: Lanes;
  readonly step: Count | null;
}

// So many elements from an address on, the first of which has a number in the line.
function read({ lanes, step }: Reading, address: Value<"i32">, at: number, real: number): Value {
  if (step === null) return lanes.load(address, at * bytesOf(lanes), real);
  return gathered(lanes, indices(real).map((i) => plus(address, times(step, at + i))));
}

/**
 * Convolves lines: from where, the table of taps, how many there are; the weights, how far those of a channel are from
 * the next one's; the bias or 0; to where, how far a channel is from the next; how many lines, how far one is from the
 * next, and from the next of those that are made; how many places there are along a line, and how far they are apart.
 */
export type Lines = Callable<readonly "i32"[], null>;

/** Defines that for so many channels, reading elements next to each other or not. */
export function defineLines(module: Module, lanes: Lanes, height: number, isDense: boolean): Lines {
  return module.define(wholeNumbers(13), null, (body, given) => {
    const [from, taps, depth, weights, apart, bias, to, channel, lines, line, made, n, step] = given;
    const reading = { lanes, step: isDense ? null : step }, size = bytesOf(lanes);
    body.upTo(body.local("i32"), lines, 1, () => {
      const x = body.keep(from), y = body.keep(to), rest = body.keep(n);
      const run = (vectors: number, real: number) =>
        sumTile(body, reading, { x, taps, depth, weights, apart, bias, y, channel, height, vectors, real });
      for (let vectors = height === 1 ? 4 : 2; vectors > 0; vectors >>= 1) {
        const width = vectors * lanes.count;
        body.while(op("i32.ge_u", rest, i32(width)), () => {
          run(vectors, lanes.count);
          body.advance(x, isDense ? width * size : times(step, width));
          body.advance(y, width * size);
          body.advance(rest, -width);
        });
      }
      for (let real = 1; real < lanes.count; real++) {
        body.if(op("i32.eq", rest, i32(real)), () => run(1, real));
      }
      body.advance(from, line);
      body.advance(to, made);
    });
  });
}

interface SumTile {
  readonly x: Count;
  readonly taps: Count;
  readonly depth: Count;
  readonly weights: Count;
  readonly apart: Count;
  readonly bias: Count;
  readonly y: Count;
  readonly channel: Count;
  readonly height: number;
  readonly vectors: number;
  /** How many lanes of each vector there are. */
  readonly real: number;
}

function sumTile(body: Body, reading: Reading, tile: SumTile): void {
  const { lanes } = reading,
    { x, taps, depth, weights, apart, vectors, height, real } = tile,
    size = bytesOf(lanes);
  const places = indices(vectors), sums = indices(height).map(() => places.map(() => body.keep(lanes.zero)));
  const rows = distant(body, weights, apart, height), tap = body.keep(taps);
  repeat(body, depth, () => {
    const at = body.keep(plus(x, load("i32.load", tap)));
    const columns = places.map((j) => body.keep(read(reading, at, j * lanes.count, real)));
    rows.forEach((row, i) => {
      const factor = body.keep(lanes.splat(row, 0));
      places.forEach((j) => body.set(sums[i][j], lanes.productSum(factor, columns[j], sums[i][j])));
      body.advance(row, size);
    });
    body.advance(tap, ENTRY);
  });
  storeTile(body, lanes, sums, tile);
}

function storeTile(
  body: Body,
  lanes: Lanes,
  sums: readonly (readonly Local[])[],
  { bias, y, channel, real }: SumTile,
): void {
  const size = bytesOf(lanes), to = body.keep(y);
  body.if(bias, () =>
    sums.forEach((row, i) => {
      const added = body.keep(lanes.splat(bias, i * size));
      for (const sum of row) body.set(sum, lanes.sum(sum, added));
    }));
  for (const row of sums) {
    row.forEach((sum, j) => lanes.store(body, to, sum, j * lanes.count * size, real));
    body.advance(to, channel);
  }
}

// Addresses from one on, so far apart.
function distant(body: Body, first: Count, apart: Count, count: number): Count[] {
  const all = [body.keep(first)];
  for (let i = 1; i < count; i++) all.push(body.keep(plus(all[i - 1], apart)));
  return all;
}

/**
 * Adds up the products of lines: from where, the table of taps; slopes, how far those of a channel are from the next
 * one's; to where, how far a channel is from the next; how many lines, how far one is from the next, and from the next of
 * slopes; how many places there are along a line, how far they are apart; whether to add to what is there.
 */
export type LineDots = Callable<readonly "i32"[], null>;

/** Defines that for so many channels and so many taps. */
export function defineLineDots(
  module: Module,
  lanes: Lanes,
  height: number,
  width: number,
  isDense: boolean,
): LineDots {
  return module.define(wholeNumbers(12), null, (body, given) => {
    const [from, taps, slopes, apart, to, channel, lines, line, next, n, step, add] = given;
    const reading = { lanes, step: isDense ? null : step }, size = bytesOf(lanes), { count } = lanes;
    const sums = indices(height).map(() => indices(width).map(() => body.keep(lanes.zero)));
    const at = indices(width).map((k) => body.keep(plus(from, load("i32.load", taps, k * ENTRY))));
    const rows = distant(body, slopes, apart, height);
    const along = body.local("i32"), over = body.local("i32");
    body.upTo(body.local("i32"), lines, 1, () => {
      const whole = body.keep(op("i32.div_u", n, i32(count))),
        rest = body.keep(op("i32.rem_u", n, i32(count)));
      body.set(along, i32(0));
      body.set(over, i32(0));
      const add = (real: number) => {
        const ys = rows.map((row) => body.keep(lanes.load(plus(row, over), 0, real)));
        at.forEach((x, k) => {
          const factor = body.keep(read(reading, plus(x, along), 0, real));
          ys.forEach((y, i) => body.set(sums[i][k], lanes.productSum(y, factor, sums[i][k])));
        });
      };
      repeat(body, whole, () => {
        add(count);
        body.advance(along, isDense ? count * size : times(step, count));
        body.advance(over, count * size);
      });
      for (let real = 1; real < count; real++) body.if(op("i32.eq", rest, i32(real)), () => add(real));
      for (const x of at) body.advance(x, line);
      for (const row of rows) body.advance(row, next);
    });
    storeDots(body, lanes, sums, to, channel, add);
  });
}

function storeDots(
  body: Body,
  lanes: Lanes,
  sums: readonly (readonly Local[])[],
  to: Count,
  channel: Count,
  add: Count,
): void {
  const one = oneLane(lanes.element), size = bytesOf(lanes);
  for (const row of sums) {
    row.forEach((sum, k) => {
      const total = body.keep(lanes.each(sum).reduce((all, part) => one.sum(all, part)));
      body.if(add, () => body.set(total, one.sum(one.load(to, k * size), total)));
      one.store(body, to, total, k * size);
    });
    body.advance(to, channel);
  }
}
