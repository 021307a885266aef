/** What this core computes from registers alone: products with sums, and additions that wait for one another. */
import type { Body } from "../../backends/wasm/assembler/body.ts";
import { Module } from "../../backends/wasm/assembler/module.ts";
import { f32, op, type Value } from "../../backends/wasm/assembler/values.ts";
import { validates } from "../../backends/wasm/features.ts";

/** Independent sums: more than the eight that two ports with a latency of four cycles take, and fewer than registers. */
const CHAINS = 12;
/** How often the body of a loop stands in it. */
const UNROLLED = 8;

/** Floating-point operations of one turn of the loop: a product and a sum in each of four lanes. */
export const FLOPS = CHAINS * UNROLLED * 4 * 2;

/** Additions of one turn of the loop, each a cycle. */
export const ADDITIONS = 256;

/** How the products and sums are computed: in one instruction where that validates. */
export const how: string = validates("relaxed") ? "relaxed madd" : "mul and add";

interface Loops {
  /** Runs so many turns of products and sums. */
  readonly products: (turns: number) => number;
  /** Runs so many turns of additions. */
  readonly additions: (turns: number, by: number) => number;
}

let compiled: Loops | undefined;

/** The loops, compiled when they are first asked for. */
export function loops(): Loops {
  if (!compiled) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(validates("relaxed"))));
    compiled = instance.exports as unknown as Loops;
  }
  return compiled;
}

/** The module of the loops, its products fused with the sums or not. */
export function moduleOf(fused: boolean): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const products = module.define(["i32"], "f32", (body, [turns]) => {
    // x ← x/2 + 1 comes near 2 and stays there; each needs the one before, so that none can be left out.
    const half = body.keep(op("f32x4.splat", f32(0.5))), one = body.keep(op("f32x4.splat", f32(1)));
    const sums = Array.from({ length: CHAINS }, (_, i) => body.keep(op("f32x4.splat", f32(i))));
    repeat(body, turns, UNROLLED, () => {
      for (const sum of sums) {
        body.set(sum, fused ? madd(sum, half, one) : op("f32x4.add", op("f32x4.mul", sum, half), one));
      }
    });
    const total = sums.reduce((a: Value<"v128">, b) => op("f32x4.add", a, b), half);
    return op("f32.reinterpret_i32", op("i32x4.bitmask", total));
  });
  const additions = module.define(["i32", "i32"], "i32", (body, [turns, by]) => {
    const sum = body.local("i32");
    // One after the other: a sum that is xored cannot be brought together with the next.
    repeat(body, turns, ADDITIONS / 2, () => body.set(sum, op("i32.xor", op("i32.add", sum, by), by)));
    return sum;
  });
  module.export("products", products);
  module.export("additions", additions);
  return module.bytes();
}

function madd(a: Value<"v128">, b: Value<"v128">, c: Value<"v128">): Value<"v128"> {
  return op("f32x4.relaxed_madd", a, b, c);
}

function repeat(body: Body, turns: Value<"i32">, times: number, statements: () => void): void {
  const turn = body.local("i32");
  body.upTo(turn, turns, 1, () => {
    for (let i = 0; i < times; i++) statements();
  });
}
