/** Runs expressions on elements, in a module of their own. */
import { type DType, type Expr, hostArray, type TypedArray, typeOf } from "@tapegrad/core";
import { legalized } from "../../../../backends/common/legal.ts";
import { loadPack, storePack } from "../../../../backends/wasm/expr/access.ts";
import { computed } from "../../../../backends/wasm/expr/emitter.ts";
import { helpersOf } from "../../../../backends/wasm/expr/helpers.ts";
import { wasmKnows } from "../../../../backends/wasm/expr/knows.ts";
import { Code } from "../../../../backends/wasm/expr/lanes.ts";
import { fuses, type Simd } from "../../../../backends/wasm/features.ts";
import { FIRST_PAGES } from "../../../../backends/wasm/memory/memory.ts";
import { KernelModule, type Run } from "../../../../backends/wasm/modules.ts";

/** An expression of inputs, and how it is computed. */
export interface Asked {
  readonly expr: Expr;
  readonly dtypes: readonly DType[];
  readonly simd: Simd;
}

const memory = new WebAssembly.Memory({ initial: FIRST_PAGES });
const ROOM = 1024;

/** The values of an expression for rows of numbers, one an input. */
export function valuesOf(asked: Asked, rows: readonly (readonly number[])[]): number[] {
  const { expr, dtypes, simd } = asked, output = typeOf(expr, dtypes), elements = simd === "scalar" ? 1 : 4;
  const run = compiled(asked, output, elements), values: number[] = [];
  const ins = dtypes.map((dtype, k) => arrayAt(dtype, (k + 1) * ROOM)), out = arrayAt(output, 0);
  for (let i = 0; i < rows.length; i += elements) {
    for (let j = 0; j < elements; j++) ins.forEach((array, k) => array[j] = rows[(i + j) % rows.length][k]);
    run();
    for (let j = 0; j < elements && i + j < rows.length; j++) values.push(out[j]);
  }
  return values;
}

function compiled({ expr, dtypes, simd }: Asked, output: DType, elements: number): Run {
  const kernel = new KernelModule(), legal = legalized([expr], dtypes, wasmKnows);
  const helpers = kernel.import(helpersOf(legal, fuses(simd)));
  const run = kernel.module.define([], null, (body) => {
    const code = new Code(body, simd);
    const inputs = dtypes.map((dtype, k) => loadPack(code, { dtype, address: (k + 1) * ROOM }, elements));
    const [result] = computed(code, legal, inputs, { elements, helpers, outputs: [output] });
    storePack(code, { dtype: output, address: 0 }, result);
  });
  kernel.module.export("run", run);
  return kernel.instantiate(memory).run;
}

function arrayAt(dtype: DType, place: number): TypedArray {
  const Elements = hostArray(dtype, 0).constructor as new (
    buffer: ArrayBuffer,
    place: number,
    n: number,
  ) => TypedArray;
  return new Elements(memory.buffer, place, 4);
}
