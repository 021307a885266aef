import { type Tensor, variable } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import type { Given, Work } from "./work.ts";

type Op = Given["overhead"]["op"];

const OPS = 100;

const ops: Readonly<Record<Op, (x: Tensor, y: Tensor) => Tensor>> = {
  "add": (x, y) => x.add(y),
  "mul by a number": (x) => x.mul(0.5),
  "exp": (x) => x.exp(),
};

/** What an op costs us before it computes anything. */
export const work: Work<"overhead"> = {
  name: "overhead",
  title: "an op on one element",
  about: "one op of ours on one element, forward with a tape",
  unit: "µs",
  pieces: OPS,
  cases: (Object.keys(ops) as Op[]).map((op) => ({ label: op, dtype: "f32", given: { op } })),
  ours: [{ how: "forward with a tape", prepare: ({ op }) => ofOp(ops[op]) }],
};

function ofOp(op: (x: Tensor, y: Tensor) => Tensor): Contender {
  const x = variable(1), y = variable(2);
  const run = () => {
    let last = x;
    for (let i = 0; i < OPS; i++) last = op(x, y);
    return last;
  };
  return timed(run, () => run().dataSync());
}
