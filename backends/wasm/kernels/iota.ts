/** 0, 1, 2, …, four at a time. */
import type { CountAttributes } from "@tapegrad/core/backend";
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { i32, op, plus, times, v128 } from "../assembler/values.ts";
import type { Simd } from "../features.ts";
import type { WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { pieceOf } from "./pieces.ts";

/** About how many nanoseconds a number takes. */
const EACH = 0.25;
const BYTES = 4, LANES = 4;

/** The numbers from 0 on. */
export const iota: WasmKernel<CountAttributes> = (_, [{ pointer, dtype, shape: [n] }], __, heap) => {
  if (dtype !== "i32" && dtype !== "u32") return false;
  const run = made(heap, "iota", (module) => counting(module, heap.simd)), cost = n * EACH;
  const most = heap.isShared(cost) ? pieceOf(n, cost) : n;
  heap.parallel(cost, 0, (job) => {
    for (let first = 0; first < n; first += most) {
      job.call(run, [pointer + first * BYTES, first, Math.min(most, n - first)]);
      job.next();
    }
  });
  return true;
};

// To where, the first, and how many.
function counting(module: Module, simd: Simd): Callable {
  return module.define(["i32", "i32", "i32"], null, (body, [to, first, count]) => {
    const end = body.keep(plus(to, times(count, BYTES)));
    if (simd !== "scalar") {
      const lanes = v128(new Uint8Array(Int32Array.from({ length: LANES }, (_, k) => k).buffer));
      const numbers = body.keep(op("i32x4.add", op("i32x4.splat", first), lanes));
      const whole = body.keep(op("i32.and", count, i32(-LANES)));
      body.set(first, op("i32.add", first, whole));
      body.upTo(to, body.keep(plus(to, times(whole, BYTES))), LANES * BYTES, () => {
        body.store("v128.store", to, numbers);
        body.set(numbers, op("i32x4.add", numbers, op("i32x4.splat", i32(LANES))));
      });
    }
    body.upTo(to, end, BYTES, () => {
      body.store("i32.store", to, first);
      body.advance(first, 1);
    });
  });
}
