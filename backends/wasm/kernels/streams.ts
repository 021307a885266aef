/** Operands of loops in wasm: packs of elements of each, step by step. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import { type Body, type Local, some } from "../assembler/body.ts";
import { i32, op, select, times } from "../assembler/values.ts";
import { gatherPack, loadPack, splatPack } from "../expr/access.ts";
import type { Code } from "../expr/lanes.ts";
import { type Pack, partsOf } from "../expr/pack.ts";
import type { StepClass } from "./map_code.ts";

/** The class of a step in bytes. */
export function stepClass(step: number, dtype: DType): StepClass {
  return step === 0 ? "0" : step === bytesPerElement(dtype) ? "1" : "s";
}

/** An operand as code knows it. */
export interface Stream {
  /** What its elements are. */
  readonly dtype: DType;
  /** How they lie. */
  readonly class: StepClass;
  /** Where the loop begins. */
  readonly pointer: Local<"i32">;
  /** How many bytes elements are apart. */
  readonly step: Local<"i32">;
}

/** Streams on their way through a loop. */
export class Streams {
  readonly #code: Code;
  readonly #streams: readonly Stream[];
  readonly #at: readonly Local<"i32">[];
  readonly #repeated: readonly (Pack | null)[];

  /** At the beginning of a loop. */
  constructor(code: Code, streams: readonly Stream[]) {
    this.#code = code;
    this.#streams = streams;
    this.#at = streams.map(({ pointer }) => code.body.keep(pointer));
    this.#repeated = streams.map((stream) => stream.class === "0" ? onePack(code, stream) : null);
  }

  /** The next elements of each, of which those beyond `left` are anything. */
  packs(elements: number, left?: Local<"i32">): Pack[] {
    return this.#streams.map((stream, i) => {
      const { dtype, step } = stream, address = this.#at[i], bytes = bytesPerElement(dtype);
      const repeated = this.#repeated[i];
      if (repeated) return widened(this.#code, repeated, elements);
      if (stream.class === "s") return gatherPack(this.#code, { dtype, address, step, left }, elements);
      if (left) return gatherPack(this.#code, { dtype, address, step: bytes, left }, elements);
      return loadPack(this.#code, { dtype, address }, elements);
    });
  }

  /** Goes on behind them. */
  advance(elements: number): void {
    advance(
      this.#code.body,
      this.#streams.map((stream, i) => ({ ...stream, pointer: this.#at[i] })),
      elements,
    );
  }
}

/** Moves the pointers of streams by elements. */
export function advance(body: Body, streams: readonly Stream[], elements: number): void {
  for (const { dtype, class: lies, pointer, step } of streams) {
    if (lies !== "0") body.advance(pointer, times(lies === "s" ? step : bytesPerElement(dtype), elements));
  }
}

/** The fewest elements that are computed together. */
export function fewest(code: Code): number {
  return code.isVector ? 4 : 1;
}

function onePack(code: Code, { dtype, pointer }: Stream): Pack {
  return splatPack(code, { dtype, address: pointer }, fewest(code));
}

/** A pack of elements that are all alike, of more of them. */
export function widened(code: Code, { dtype, parts: [part] }: Pack, elements: number): Pack {
  return { dtype, parts: new Array(partsOf(code, dtype, elements)).fill(part) };
}

/** Counts elements down to 0, so many at a time as there are left for, and the last few with how many they are. */
export function inSteps(
  code: Code,
  count: Local<"i32">,
  most: number,
  visit: (elements: number, left?: Local<"i32">) => void,
): void {
  const { body } = code, least = fewest(code);
  for (const elements of most > least ? [most, least] : [least]) {
    body.while(op("i32.ge_u", count, i32(elements)), () => {
      visit(elements);
      body.advance(count, -elements);
    });
  }
  if (code.isVector) body.if(some(count), () => visit(least, count));
}

/** Runs through a count in blocks of so many, if that is said. */
export function inBlocks(
  body: Body,
  count: Local<"i32">,
  block: number | undefined,
  visit: (count: Local<"i32">) => void,
): void {
  if (block === undefined) return visit(count);
  const present = body.local("i32"), isLast = op("i32.lt_u", count, i32(block));
  body.while(some(count), () => {
    body.set(present, select(isLast, count, i32(block)));
    body.set(count, op("i32.sub", count, present));
    visit(present);
  });
}
