import { type Tensor, variable } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../measure.ts";
import { type Case, ours, type Workload } from "../workload.ts";

const OPS = 100;

/** What an op costs us before it computes anything. */
export const overhead: Workload = {
  name: "overhead",
  about: "one op of ours on one element, forward with a tape",
  unit: "µs",
  pieces: OPS,
  cases: [
    perOp("add", (x, y) => x.add(y)),
    perOp("mul by a number", (x) => x.mul(0.5)),
    perOp("exp", (x) => x.exp()),
  ],
};

function perOp(label: string, op: (x: Tensor, y: Tensor) => Tensor): Case {
  return { label, dtype: "f32", ours: ours("forward with a tape", () => ofOp(op)), peers: [] };
}

function ofOp(op: (x: Tensor, y: Tensor) => Tensor): Contender {
  const x = variable(1), y = variable(2);
  const run = () => {
    let last = x;
    for (let i = 0; i < OPS; i++) last = op(x, y);
    return last;
  };
  return timed(run, () => run().dataSync());
}
