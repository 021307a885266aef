/** What this runtime's WebAssembly can do. */
import { Module } from "./assembler/module.ts";
import { newNode, vectorOf } from "./assembler/nodes.ts";
import { extract, f32, op } from "./assembler/values.ts";

/**
 * How kernels compute: four lanes at once, products fused with sums where that is permitted; four lanes at once; or one
 * number after another.
 *
 * @category Backends
 */
export type Simd = "relaxed" | "simd" | "scalar";

/** The ways, from the best on. */
export const simds: readonly Simd[] = ["relaxed", "simd", "scalar"];

/** Whether there is WebAssembly that computes so. */
export function validates(simd: Simd): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(probe(simd));
}

/** The best way there is here; `undefined` without WebAssembly. */
export function bestSimd(): Simd | undefined {
  return simds.find(validates);
}

let withNodes: boolean | undefined;

/** Whether there are objects of the engine's own that hold vectors. */
export function hasNodes(): boolean {
  return withNodes ??= validates("simd") && WebAssembly.validate(nodeProbe());
}

function nodeProbe(): Uint8Array<ArrayBuffer> {
  const module = new Module(), kind = module.node(1);
  module.define([], "v128", () => vectorOf(kind, newNode(kind), 0));
  return module.bytes();
}

let isFused: boolean | undefined;

/** Whether a product and a sum is rounded once by relaxed instructions, which may do either. */
export function fuses(simd: Simd): boolean {
  return simd === "relaxed" && (isFused ??= tried());
}

// (1 + 2^-12)^2 - 1 - 2^-11, of which nothing is left where the product is rounded.
function tried(): boolean {
  const module = new Module(), near = 1 + 2 ** -12;
  const rest = module.define(["f32", "f32", "f32"], "f32", (_, operands) => {
    const [a, b, c] = operands.map((x) => op("f32x4.splat", x));
    return extract("f32x4.extract_lane", op("f32x4.relaxed_madd", a, b, c), 0);
  });
  module.export("rest", rest);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()));
  return (exports.rest as (...args: number[]) => number)(near, near, -1 - 2 ** -11) !== 0;
}

// The smallest module that needs it.
function probe(simd: Simd): Uint8Array<ArrayBuffer> {
  const module = new Module();
  module.define(["f32"], simd === "scalar" ? "f32" : "v128", (_, [x]) => {
    if (simd === "scalar") return op("f32.add", x, f32(1));
    const lanes = op("f32x4.splat", x);
    return simd === "relaxed" ? op("f32x4.relaxed_madd", lanes, lanes, lanes) : op("f32x4.abs", lanes);
  });
  return module.bytes();
}
