/** Random numbers: the same bits on every backend, and what is made of them as near as it computes. */
import * as kernels from "./kernels.ts";
import {
  backends,
  type Call,
  currentBackend,
  type DType,
  key,
  type MapAttributes,
  normal,
  randint,
  randomBits,
  read,
  registerBackend,
  type Tensor,
  uniform,
  useBackend,
  withLayer,
} from "@tapegrad/core";
import { createCpuBackend } from "../cpu/backend.ts";
import { kernelCase } from "./kernel_case.ts";
import type { KernelRun } from "./kernel_run.ts";
import { operand, plainRoom } from "./layouts.ts";
import { type Draft, dtypesOf, type Row } from "./session.ts";

const COUNT = 1000;
const keys = [key(0), key(2 ** 53 - 1)];

/** A row for each kind of random number that core draws. */
export const randomRows: readonly Row[] = [
  randomRow("random.bits", ["u32"], () => (from) => randomBits([COUNT], { key: from })),
  randomRow("random.integers", ["i32"], () => (from) => randint(-50, 1000, { shape: [COUNT], key: from })),
  randomRow("random.uniform", ["f32", "f64"], (dtype) => (from) => uniform([COUNT], { key: from, dtype })),
  randomRow("random.normal", ["f32", "f64"], (dtype) => (from) => normal([COUNT], { key: from, dtype })),
];

type Draw = (from: ReturnType<typeof key>) => Tensor;

function randomRow(op: string, dtypes: readonly DType[], drawOf: (dtype: DType) => Draw): Row {
  return {
    op,
    cases: (session) =>
      dtypesOf(session, dtypes).flatMap((dtype): Draft[] =>
        session.backend.dtypes.has("u32")
          ? keys.map((from) =>
            kernelCase(op, dtype, `key ${from.high}, ${from.low}`, () => drawing(drawOf(dtype), from, dtype))
          )
          : []
      ),
  };
}

// Core draws on the backend in use, as a map of a counter: that map is what is run here.
async function drawing(draw: Draw, from: ReturnType<typeof key>, dtype: DType): Promise<KernelRun> {
  const calls: Call[] = [];
  const layer = {
    handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
      if (call.op.name === "map") calls.push(call);
      return next(call);
    },
  };
  await openInUse();
  withLayer(layer, () => draw(from));
  const [{ inputs, attributes }] = calls, { exprs: [expr] } = attributes as MapAttributes;
  const values = await read(inputs);
  return {
    inputs: inputs.map((x, i) =>
      operand(
        x.dtype,
        { shape: [COUNT], strides: [x.rank === 0 ? 0 : 1], offset: 0 },
        (place) => values[i][place],
      )
    ),
    output: plainRoom(dtype, [COUNT]),
    call: (backend, views, output) => kernels.map(backend, expr, views, output),
    elementwise: true,
    zeroSign: false,
  };
}

// Core draws on the backend in use: there must be one, and the one that the environment names may take waiting.
async function openInUse(): Promise<void> {
  if (backends().length === 0) {
    registerBackend({
      name: "cpu",
      priority: 0,
      create: () => createCpuBackend(),
    });
  }
  try {
    currentBackend();
  } catch {
    await useBackend();
  }
}
