/** The kernel of attention's gradients. */
import { type AttentionBackwardAttributes, bytesPerElement, e, input } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Run } from "../../modules.ts";
import type { Operand, WasmKernel } from "../kernel.ts";
import { type Matrix, type Means, multiply } from "../matmul/multiply.ts";
import {
  type Block,
  blocksOf,
  eachHead,
  type Heads,
  headsOf,
  matrixAt,
  meansOf,
  rowsRun,
  runRows,
  tiled,
} from "./blocks.ts";
import { tellClear } from "../copy.ts";
import { made } from "../made.ts";
import { defineAdd } from "../matmul/add.ts";
import { lanesOf } from "../matmul/lanes.ts";
import { areMany, runByHeads, type Site, type Steps } from "./by_heads.ts";
import { addSlopes, sumsOf } from "./mask_gradient.ts";
import { compute, once, put, repeated, turned, type Want, withRooms } from "./rooms.ts";
import { slopingRows } from "./rows_code.ts";

const [x, y] = [input(0), input(1)], scaled = e.mul(x, y), sum = e.add(x, y);

/** Operands of the kernel by what they are. */
interface Given {
  readonly q: Operand;
  readonly k: Operand;
  readonly v: Operand;
  readonly log: Operand;
  readonly slope: Operand | null;
  readonly ofLog: Operand | null;
  /** The gradients that are wanted. */
  readonly dq: Operand | null;
  readonly dk: Operand | null;
  readonly dv: Operand | null;
  readonly dMask: Operand | null;
}

function givenOf(
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  { hasSlope, hasLogSlope, wanted }: AttentionBackwardAttributes,
): Given {
  const [q, k, v] = inputs, places = [...outputs];
  const first = inputs.length - 1 - Number(hasSlope) - Number(hasLogSlope);
  const [dq, dk, dv, dMask] = [0, 1, 2, 3].map((i) => wanted[i] ? places.shift()! : null);
  return {
    ...{ q, k, v, log: inputs[first], slope: hasSlope ? inputs[first + 1] : null },
    ...{ ofLog: hasLogSlope ? inputs.at(-1)! : null, dq, dk, dv, dMask },
  };
}

/** The gradients of q, k, v and an additive mask that are wanted. */
export const attentionBackward: WasmKernel<AttentionBackwardAttributes> = (
  inputs,
  outputs,
  attributes,
  heap,
) => {
  const given = givenOf(inputs, outputs, attributes), { q, k, v, log, slope, ofLog, dq, dMask } = given;
  const factors = [q, k, v, slope, ofLog].filter((one) => one !== null);
  const heads = headsOf(heap, inputs, attributes, factors);
  withRooms(heap, wantsOf(heads, given), (rooms) => {
    put(heap, rooms.scale, attributes.scale);
    put(heap, rooms.zero, 0);
    compute(heap, scaled, [once(q, 2), rooms.scale], rooms.queries);
    compute(heap, x, [turned(once(k, 2))], rooms.keys);
    compute(heap, x, [turned(once(v, 2))], rooms.values);
    compute(heap, x, [log], rooms.logs);
    compute(heap, x, [ofLog ?? rooms.zero], rooms.others);
    compute(heap, x, [rooms.zero], rooms.sums);
    new Backward(heap, heads, given, rooms).run();
    if (dq) compute(heap, scaled, [dq, rooms.scale], dq);
    if (dMask) compute(heap, e.cast(x, heads.dtype), [rooms.sums], dMask);
  });
  return true;
};

type Room =
  | ("queries" | "keys" | "values" | "scores" | "gains")
  | ("part" | "logs" | "others" | "sums" | "scale" | "zero");

function wantsOf(heads: Heads, { q, k, v, dMask }: Given): Readonly<Record<Room, Want>> {
  const { dtype, apart, batch, rows, keys, features, columns, queries } = heads;
  const scores = { dtype, shape: [rows, apart] }, numbers = { dtype, shape: [...batch, queries] };
  return {
    queries: { dtype, shape: once(q, 2).shape },
    keys: { dtype, shape: turned(once(k, 2)).shape, apart },
    values: { dtype, shape: turned(once(v, 2)).shape, apart },
    ...{ scores, gains: scores, logs: numbers, others: numbers },
    part: { dtype, shape: [keys, Math.max(features, columns)] },
    sums: dMask ? sumsOf(dMask) : { dtype: "f64", shape: [] },
    ...{ scale: { dtype, shape: [] }, zero: { dtype, shape: [] } },
  };
}

/** Where operands of one head start. */
interface Places {
  readonly [name: string]: number;
}

/** A call, head by head and block by block. */
class Backward {
  readonly #heap: Heap;
  readonly #heads: Heads;
  readonly #given: Given;
  readonly #rooms: Readonly<Record<Room, Operand>>;
  readonly #means: Means;
  readonly #sloping: Run;
  readonly #weights: Matrix;
  readonly #slopes: Matrix;

  constructor(heap: Heap, heads: Heads, given: Given, rooms: Readonly<Record<Room, Operand>>) {
    this.#heap = heap;
    this.#heads = heads;
    this.#given = given;
    this.#rooms = rooms;
    this.#means = meansOf(heap, heads);
    this.#sloping = rowsRun(heap, heads, slopingRows);
    this.#weights = matrixAt(rooms.scores, rooms.scores.pointer);
    this.#slopes = matrixAt(rooms.gains, rooms.gains.pointer);
  }

  run(): void {
    const heads = this.#heads,
      blocks = blocksOf(heads),
      byName = this.#operands(),
      names = Object.keys(byName);
    const placesAt = (at: readonly number[]): Places =>
      Object.fromEntries(names.map((name, i) => [name, at[i]]));
    if (this.#areMany() && this.#byHeads(byName, placesAt)) return;
    eachHead(heads, Object.values(byName), (at) => {
      const places = placesAt(at);
      blocks.forEach((block, i) => this.#block(block, byName, places, i === 0));
    });
  }

  // Whether heads are pieces: sums of a mask's gradient go on from head to head.
  #areMany(): boolean {
    const { dk, dv, dMask } = this.#given;
    return areMany(this.#heap, this.#heads) && !dMask && [dk, dv].every((x) => !x || hasDenseRows(x));
  }

  #byHeads(
    operands: Readonly<Record<string, Operand>>,
    placesAt: (at: readonly number[]) => Places,
  ): boolean {
    const { keys, features, columns } = this.#heads;
    return runByHeads({
      ...{ heap: this.#heap, means: this.#means, heads: this.#heads, operands: Object.values(operands) },
      ...{ rooms: 2, part: keys * Math.max(features, columns) },
      tell: (steps, site) => this.#tell(steps, site, operands, placesAt(site.at)),
    });
  }

  #tell(steps: Steps, site: Site, operands: Readonly<Record<string, Operand>>, at: Places): void {
    const { features, columns, size, apart } = this.#heads, { scores, gains } = this.#rooms;
    const { block: { start, rows, shown }, scores: [first, second] } = site;
    const matrix = (name: string, row = 0) => matrixAt(operands[name], at[name], row);
    const [q, n, weights, slopes] = [
      matrix("q", start),
      tiled(shown),
      matrixAt(scores, first),
      matrixAt(gains, second),
    ];
    const output = { output: true }, left = { left: true };
    steps.multiply("scores", { a: q, b: matrix("kT"), c: weights, m: rows, n, k: features }, output);
    if ("slope" in at) {
      const a = matrix("slope", start);
      steps.multiply("gains", { a, b: matrix("vT"), c: slopes, m: rows, n, k: columns }, output);
    } else tellClear(this.#heap, steps.job, second, rows * apart * size, 1);
    const numbers = [at.log, at.ofLog].map((place) => place + start * size);
    steps.runRows(this.#sloping, at.mask ?? 0, [first, second, ...numbers], 0b11);
    if ("dq" in at) {
      const c = matrix("dq", start);
      steps.multiply("dq", { a: slopes, b: matrix("k"), c, m: rows, n: features, k: shown }, left);
    }
    if ("dk" in at) this.#tellAdd("dk", steps, site, { factor: slopes, b: q, to: operands.dk, at: at.dk });
    if (!("dv" in at)) return;
    this.#tellAdd("dv", steps, site, {
      factor: weights,
      b: matrix("slope", start),
      to: operands.dv,
      at: at.dv,
    });
  }

  #tellAdd(
    key: string,
    { multiply, job }: Steps,
    { block: { rows, shown }, turn, part }: Site,
    { factor: { pointer, row, column }, b, to, at }: {
      readonly factor: Matrix;
      readonly b: Matrix;
      readonly to: Operand;
      readonly at: number;
    },
  ): void {
    const heap = this.#heap, { keys, size, dtype } = this.#heads, n = to.shape.at(-1)!;
    const product = { a: { pointer, row: column, column: row }, b, m: shown, n, k: rows };
    if (turn === 0) {
      multiply(key, { ...product, c: matrixAt(to, at) }, { left: true });
      if (shown < keys) tellClear(heap, job, at + shown * n * size, (keys - shown) * n * size, 0);
      return;
    }
    multiply(key, { ...product, c: { pointer: part, row: n * size, column: size } }, {
      left: true,
      output: true,
    });
    const add = made(heap, `add ${dtype}`, (module) => defineAdd(module, lanesOf(dtype, heap.simd)));
    job.call(add, [at, part, shown * n], 1 << 1);
  }

  // All that has a part for each head.
  #operands(): Readonly<Record<string, Operand>> {
    const { q, k, v, dMask } = this.#given, rooms = this.#rooms, { batch, queries, keys, mask } = this.#heads;
    const all = {
      ...this.#given,
      q: repeated(rooms.queries, q.shape),
      kT: repeated(rooms.keys, turned(k).shape),
      vT: repeated(rooms.values, turned(v).shape),
      ...{ log: rooms.logs, ofLog: rooms.others, mask },
      dMask: dMask && repeated(rooms.sums, [...batch, queries, keys]),
    };
    return Object.fromEntries(Object.entries(all).filter(([, one]) => one !== null)) as Record<
      string,
      Operand
    >;
  }

  #block(block: Block, operands: Readonly<Record<string, Operand>>, at: Places, isFirst: boolean): void {
    const heap = this.#heap, heads = this.#heads, means = this.#means, { start, rows, shown } = block;
    const { features, columns, size } = heads, { scores, gains } = this.#rooms;
    const matrix = (name: string, row = 0) => matrixAt(operands[name], at[name], row);
    const [q, n] = [matrix("q", start), tiled(shown)], weights = this.#weights, slopes = this.#slopes;
    multiply(means, { a: q, b: matrix("kT"), c: weights, m: rows, n, k: features });
    if ("slope" in at) {
      multiply(means, { a: matrix("slope", start), b: matrix("vT"), c: slopes, m: rows, n, k: columns });
    } else {
      heap.clear(gains.pointer, rows * heads.apart * size);
    }
    const numbers = [at.log, at.ofLog].map((first) => [first + start * size, size] as const);
    const along = [scores, gains].map(({ pointer }) => [pointer, heads.apart * size] as const);
    runRows(heap, this.#sloping, heads, block, { maskAt: at.mask ?? 0, along: [...along, ...numbers] });
    if ("dq" in at) {
      multiply(means, { a: slopes, b: matrix("k"), c: matrix("dq", start), m: rows, n: features, k: shown });
    }
    if ("dk" in at) this.#add(block, slopes, q, operands.dk, at.dk, isFirst);
    if ("dv" in at) this.#add(block, weights, matrix("slope", start), operands.dv, at.dv, isFirst);
    if ("dMask" in at) {
      const part = { ...gains, shape: [rows, heads.keys] };
      addSlopes(heap, operands.dMask, { slopes: part, at: at.dMask, start });
    }
  }

  /** Adds rows of scores, turned, times others, to a gradient that has a row for each key. */
  #add(
    { rows, shown }: Block,
    { pointer, row, column }: Matrix,
    b: Matrix,
    to: Operand,
    at: number,
    isFirst: boolean,
  ): void {
    const n = to.shape.at(-1)!,
      product = { a: { pointer, row: column, column: row }, b, m: shown, n, k: rows };
    if (isFirst) {
      multiply(this.#means, { ...product, c: matrixAt(to, at) });
      const rest = rowsOf(to, at, shown, this.#heads.keys);
      if (rest.shape[0] > 0) compute(this.#heap, x, [this.#rooms.zero], rest);
      return;
    }
    const part = { ...this.#rooms.part, shape: [shown, n], strides: [n, 1] }, own = rowsOf(to, at, 0, shown);
    multiply(this.#means, { ...product, c: matrixAt(part, part.pointer) });
    compute(this.#heap, sum, [own, part], own);
  }
}

function hasDenseRows({ shape, strides }: Operand): boolean {
  return strides.at(-1) === 1 && strides.at(-2) === shape.at(-1);
}

// Rows of a head from one on until another.
function rowsOf({ dtype, shape, strides }: Operand, at: number, from: number, end: number): Operand {
  const [down] = strides.slice(-2), pointer = at + from * down * bytesPerElement(dtype);
  return { pointer, dtype, shape: [end - from, shape.at(-1)!], strides: strides.slice(-2) };
}
