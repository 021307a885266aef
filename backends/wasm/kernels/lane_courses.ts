/** How code runs through lanes: along one after the other, or along several side by side. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import { type Local, some } from "../assembler/body.ts";
import { i32, type Int } from "../assembler/values.ts";
import { gatherPack, loadPack, scatterPack, storePack } from "../expr/access.ts";
import type { Code } from "../expr/lanes.ts";
import { converted, lanesOf, type Pack, partsOf } from "../expr/pack.ts";
import type { Fold } from "./reduce_folds.ts";
import { advance, fewest, inBlocks, inSteps, type Stream, Streams, widened } from "./streams.ts";
import { Sums } from "./sums.ts";

/** An operand of lanes: a stream in the direction of packs, and how many bytes elements of a lane are apart. */
export interface LaneStream extends Stream {
  /** Along a lane. */
  readonly down: Int;
  /** From a row of it to the next, where there are several. */
  readonly over?: Int;
}

/** What is run through once. */
export interface Trip {
  /** How many elements a lane, or a row of it, has. */
  readonly n: Local<"i32">;
  /** What is read. */
  readonly reads: readonly LaneStream[];
  /** What is written, whose pointers are moved. */
  readonly targets: readonly LaneStream[];
  /** Totals in double precision to which is added what lanes have at each place. */
  readonly totals: readonly LaneStream[];
  /** What is folded. */
  readonly sums: readonly Sums[];
  /** At most so many elements are computed at a time. */
  readonly most: number;
  /** Computes what is folded and, after it, what is written and what is added to totals. */
  results(packs: readonly Pack[], elements: number): readonly Pack[];
}

/** A way through lanes. */
export interface Course {
  /** How many numbers there are of a lane or of the lanes side by side, as packs have them. */
  readonly numbers: number;
  /** Accumulators of what is computed so many elements at a time. */
  sums(fold: Fold, most: number): Sums;
  /** Runs through the elements. */
  run(trip: Trip): void;
  /** What was folded, of each lane. */
  total(sums: Sums): Pack;
  /** Numbers of lanes, for so many elements. */
  spread(numbers: Pack, elements: number): Pack;
  /** Stores the number of each lane. */
  put(stream: LaneStream, numbers: Pack): void;
  /** What stands at the beginning of each lane. */
  first(stream: LaneStream): Pack;
  /** How many bytes elements of a lane are apart in room of its own. */
  apart(dtype: DType): number;
}

/** Along one lane, of so many rows if that is said. */
export class Along implements Course {
  readonly numbers: number;
  readonly #code: Code;
  readonly #rows: Local<"i32"> | undefined;

  /** In the code of a function. */
  constructor(code: Code, rows?: Local<"i32">) {
    this.#code = code;
    this.#rows = rows;
    this.numbers = fewest(code);
  }

  sums(fold: Fold, most: number): Sums {
    return new Sums(this.#code, fold, partsOf(this.#code, fold.dtype, most), 1);
  }

  run(trip: Trip): void {
    const { body } = this.#code, rows = this.#rows, row = body.local("i32");
    if (rows === undefined) return this.#runRow(trip);
    const own = (streams: readonly LaneStream[]) =>
      streams.map((one) => ({ ...one, pointer: body.keep(one.pointer) }));
    const reads = own(trip.reads), targets = own(trip.targets);
    body.set(row, i32(0));
    body.upTo(row, rows, 1, () => {
      this.#runRow({ ...trip, reads, targets: own(targets) });
      for (const { pointer, over } of [...reads, ...targets]) {
        if (over !== undefined) body.advance(pointer, over);
      }
    });
  }

  #runRow({ n, reads, targets, totals, sums, most, results }: Trip): void {
    const code = this.#code, { body } = code, block = blockOf(sums), at = new Streams(code, reads);
    inBlocks(body, body.keep(n), block && block * most, (present) => {
      inSteps(code, present, most, (elements, left) => {
        const made = results(at.packs(elements, left), elements);
        sums.forEach(({ own }, i) => own.join(made[i], left));
        targets.forEach((target, i) => store(code, target, made[sums.length + i], elements, left));
        totals.forEach((total, i) =>
          addTo(code, total, made[sums.length + targets.length + i], elements, left)
        );
        advance(body, [...targets, ...totals], elements);
        at.advance(elements);
      });
      for (const one of sums) one.close((own) => own.merged());
    });
  }

  total(sums: Sums): Pack {
    const { dtype, parts: [part] } = sums.all.total();
    return widened(this.#code, { dtype, parts: [this.#code.keep(part)] }, this.numbers);
  }

  spread(numbers: Pack, elements: number): Pack {
    return widened(this.#code, numbers, elements);
  }

  put({ dtype, pointer: address, step }: LaneStream, numbers: Pack): void {
    const left = this.#code.body.keep(i32(1));
    scatterPack(this.#code, { dtype, address, step, left }, numbers, this.numbers);
  }

  first(stream: LaneStream): Pack {
    return new Streams(this.#code, [{ ...stream, class: "0" }]).packs(this.numbers)[0];
  }

  apart(dtype: DType): number {
    return bytesPerElement(dtype);
  }
}

/** Along so many lanes side by side, or as many as are left; without totals. */
export class Across implements Course {
  readonly numbers: number;
  readonly #code: Code;
  readonly #left: Local<"i32"> | undefined;

  /** In the code of a function. */
  constructor(code: Code, lanes: number, left?: Local<"i32">) {
    this.#code = code;
    this.numbers = lanes;
    this.#left = left;
  }

  sums(fold: Fold): Sums {
    const count = (dtype: DType) => partsOf(this.#code, dtype, this.numbers);
    return new Sums(this.#code, fold, count(fold.dtype), count("f64"));
  }

  run({ n, reads, targets, sums, results }: Trip): void {
    const code = this.#code, { body } = code, lanes = this.numbers, left = this.#left;
    const places = reads.map((one) => ({ ...one, pointer: body.keep(one.pointer) }));
    inBlocks(body, body.keep(n), blockOf(sums), (present) => {
      body.while(some(present), () => {
        const made = results(new Streams(code, places).packs(lanes, left), lanes);
        sums.forEach(({ own }, i) => own.join(made[i]));
        targets.forEach((target, i) => store(code, target, made[sums.length + i], lanes, left));
        for (const { pointer, down } of [...places, ...targets]) body.advance(pointer, down);
        body.advance(present, -1);
      });
      for (const one of sums) one.close((own) => own.parts());
    });
  }

  total(sums: Sums): Pack {
    return sums.all.parts();
  }

  spread(numbers: Pack): Pack {
    return numbers;
  }

  put(stream: LaneStream, numbers: Pack): void {
    store(this.#code, stream, numbers, this.numbers, this.#left);
  }

  first(stream: LaneStream): Pack {
    return new Streams(this.#code, [stream]).packs(this.numbers, this.#left)[0];
  }

  apart(dtype: DType): number {
    return this.numbers * bytesPerElement(dtype);
  }
}

// Extrema are folded in blocks too where they are with sums.
function blockOf(sums: readonly Sums[]): number | undefined {
  return sums.find(({ block }) => block !== undefined)?.block;
}

function addTo(code: Code, total: LaneStream, pack: Pack, elements: number, left?: Local<"i32">): void {
  const { dtype, pointer: address } = total, on = lanesOf(code, dtype);
  const present = left
    ? gatherPack(code, { dtype, address, step: bytesPerElement(dtype), left }, elements)
    : loadPack(code, { dtype, address }, elements);
  const parts = converted(code, pack, dtype).parts.map((part, i) => on.is("add", present.parts[i], part));
  store(code, total, { dtype, parts }, elements, left);
}

/** Stores a pack where a stream is, or as many of it as are left. */
export function store(code: Code, stream: Stream, pack: Pack, elements: number, left?: Local<"i32">): void {
  const { dtype, pointer: address, step } = stream, isApart = stream.class === "s";
  if (!left && !isApart) return storePack(code, { dtype, address }, pack);
  scatterPack(code, { dtype, address, step: isApart ? step : bytesPerElement(dtype), left }, pack, elements);
}
