/** Overlap-add: windows are added up where they lie. */
import type { FoldAttributes } from "@tapegrad/core/backend";
import { eachOuter } from "../../common/walk.ts";
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { i32 } from "../assembler/values.ts";
import { added, cellOf, isPlain, type Plain } from "./cells.ts";
import { clearElements } from "./copy.ts";
import type { WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { sweepOf } from "./sweep.ts";

/** Adds windows, whose elements are the last axis, every `step` along an axis, in their order. */
export const fold: WasmKernel<FoldAttributes> = ([x], [output], { axis, step }, heap) => {
  const { dtype, pointer, strides } = output;
  if (!isPlain(dtype)) return false;
  clearElements(heap, output);
  const windows = [...strides.map((stride, i) => i === axis ? stride * step : stride), strides[axis]];
  const walk = sweepOf([x, { pointer, dtype, strides: windows }], x.shape, LOOPS);
  if (walk.size === 0) return true;
  const [planes, rows, n] = walk.shape.slice(-LOOPS), [from, to] = walk.strides.map((s) => s.slice(-LOOPS));
  const run = heap.calls(made(heap, `fold ${dtype}`, (module) => adding(module, dtype)));
  eachOuter(walk, LOOPS, ([p, q]) => {
    run(p, q, planes, from[0], to[0], rows, from[1], to[1], n, from[2], to[2]);
  });
  return true;
};

/** Windows are often short, and so are their rows. */
const LOOPS = 3;
const PARAMETERS = Array.from({ length: 2 + 3 * LOOPS }, () => "i32" as const);

function adding(module: Module, dtype: Plain): Callable {
  const cell = cellOf(dtype);
  return module.define(PARAMETERS, null, (body, [from, to, ...loops]) => {
    const counts = [body.local("i32"), body.local("i32"), body.local("i32")];
    nested(from, to, 0);

    function nested(p: typeof from, q: typeof to, depth: number): void {
      if (depth === LOOPS) return cell.store(body, q, added(dtype, cell.load(q), cell.load(p)));
      const [count, step, move] = loops.slice(3 * depth, 3 * depth + 3), a = body.keep(p), b = body.keep(q);
      body.set(counts[depth], i32(0));
      body.upTo(counts[depth], count, 1, () => {
        nested(a, b, depth + 1);
        body.advance(a, step);
        body.advance(b, move);
      });
    }
  });
}
