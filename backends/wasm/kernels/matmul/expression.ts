/** Expressions as what is done on the way into a product and out of it. */
import { bytesPerElement, type DType, type Expr } from "@tapegrad/core/backend";
import { type Legal, legalized } from "../../../common/legal.ts";
import type { Body } from "../../assembler/body.ts";
import { op, plus, times, type Value } from "../../assembler/values.ts";
import { loadPack, splatPack } from "../../expr/access.ts";
import { computed } from "../../expr/emitter.ts";
import { type Helpers, helpersOf } from "../../expr/helpers.ts";
import { wasmKnows } from "../../expr/knows.ts";
import { Code } from "../../expr/lanes.ts";
import type { Pack } from "../../expr/pack.ts";
import { fuses, type Simd } from "../../features.ts";
import type { Epilogue, MakeHooks, Place } from "./hooks.ts";
import { type Element, type Lanes, oneLane } from "./lanes.ts";

/** An operand of an epilogue: an element for each column, side by side, or one for all columns of a row. */
export interface Beside {
  readonly dtype: DType;
  readonly across: "each" | "one";
}

/** Expressions of a product, whose dtype is theirs. */
export interface ProductExprs {
  /** Of an element of the left factor. */
  readonly left?: Expr;
  /** Of an element of the right factor. */
  readonly right?: Expr;
  /** Of an element of the product and those of `operands`, in this order. */
  readonly epilogue?: Expr;
  readonly operands?: readonly Beside[];
}

/**
 * What a product is made with. Its call is given two whole numbers for each operand: where it starts, and how far its
 * rows are apart in bytes, 0 where all are the same.
 */
export function hooksOf(exprs: ProductExprs, element: Element, simd: Simd): MakeHooks {
  const { left, right, epilogue, operands = [] } = exprs;
  const of = (expr: Expr | undefined, others: readonly DType[] = []) =>
    expr && legalized([expr], [element, ...others], wasmKnows);
  const [before, behind, after] = [of(left), of(right), of(epilogue, operands.map(({ dtype }) => dtype))];
  return (kernel) => {
    const emitted = (legal: Legal | undefined) =>
      legal && new Emitted(legal, element, simd, kernel.import(helpersOf(legal, fuses(simd))));
    const [x, y, z] = [before, behind, after].map(emitted);
    return {
      left: x && ((body, value, lanes) => x.lanewise(body, value, lanes)),
      right: y && ((body, value, lanes) => y.lanewise(body, value, lanes)),
      epilogue: z && epilogueOf(z, element, operands),
    };
  };
}

function epilogueOf(emitted: Emitted, dtype: Element, operands: readonly Beside[]): Epilogue {
  return {
    parameters: 2 * operands.length,
    values(body, sums, lanes, place): readonly Value[] {
      const code = emitted.codeOf(body, lanes), count = sums.length * lanes.count;
      const beside = operands.map((operand, k) => packAt(code, operand, k, place, count));
      return emitted.parts(code, [{ dtype, parts: sums }, ...beside], count);
    },
  };
}

// The k-th operand's elements beside those of a row of sums.
function packAt(code: Code, { dtype, across }: Beside, k: number, place: Place, count: number): Pack {
  const start = place.parameters[2 * k], apart = place.parameters[2 * k + 1];
  const row = plus(start, op("i32.mul", place.row, apart));
  if (across === "one") return splatPack(code, { dtype, address: row }, count);
  const address = code.keep(plus(row, times(place.column, bytesPerElement(dtype))));
  return loadPack(code, { dtype, address }, count);
}

/** One expression, as code of the functions of a module. */
class Emitted {
  readonly #legal: Legal;
  readonly #dtype: DType;
  readonly #simd: Simd;
  readonly #helpers: Helpers;
  readonly #codes = new WeakMap<Body, Code[]>();

  constructor(legal: Legal, dtype: DType, simd: Simd, helpers: Helpers) {
    this.#legal = legal;
    this.#dtype = dtype;
    this.#simd = simd;
    this.#helpers = helpers;
  }

  codeOf(body: Body, { count }: Lanes): Code {
    const isVector = count > 1;
    let known = this.#codes.get(body);
    if (!known) this.#codes.set(body, known = []);
    return known[Number(isVector)] ??= new Code(body, isVector ? this.#simd : "scalar");
  }

  parts(code: Code, inputs: readonly Pack[], elements: number): readonly Value[] {
    const emission = { elements, helpers: this.#helpers, outputs: [this.#dtype] };
    return computed(code, this.#legal, inputs, emission)[0].parts;
  }

  /** Of one value, however many lanes it has. */
  lanewise(body: Body, value: Value, lanes: Lanes): Value {
    const own = (by: Lanes, x: Value) => {
      const code = this.codeOf(body, by), input = { dtype: this.#dtype, parts: [code.keep(x)] };
      return this.parts(code, [input], by.count)[0];
    };
    // Packs have four elements, or one.
    if (lanes.count !== 2) return own(lanes, value);
    const kept = body.keep(value), one = oneLane(lanes.element);
    return lanes.of(lanes.each(kept).map((x) => own(one, x)));
  }
}
