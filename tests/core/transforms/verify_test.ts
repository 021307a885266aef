/** What verifying finds: what the function did otherwise, and kernels that compute something else. */
import {
  compile,
  CompileError,
  e,
  normal,
  softmax,
  type Tensor,
  tensor,
  uniform,
  variable,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { Adam } from "@tapegrad/optim";
import { assertRejects } from "@std/assert";
import { attributesKey } from "../../../core/call/attributes_key.ts";
import type { MapAttributes } from "../../../core/primitives/attributes.ts";
import type { ProgramParts } from "../../../core/transforms/program/parts.ts";
import { recorded } from "../../../core/transforms/program/record.ts";
import { Replay } from "../../../core/transforms/program/replay.ts";
import { arranged } from "../../../core/transforms/program/structure.ts";
import { Verifier } from "../../../core/transforms/compile/verify.ts";

/** A program of which one elementwise step gives a little more than it should. */
function faulty(parts: ProgramParts, at: number, by: number): ProgramParts {
  const steps = parts.steps.map((step, k) => {
    const { exprs } = step.attributes as MapAttributes;
    return k === at
      ? { ...step, attributes: { name: "faulty", exprs: exprs.map((x) => e.mul(x, 1 + by)) } }
      : step;
  });
  return { ...parts, steps };
}

async function verifies(fn: (x: Tensor) => unknown, x: Tensor, at: number | null, by = 0): Promise<void> {
  const { parts, bindings } = recorded(fn, [x]), verifier = new Verifier("a function");
  const replay = (parts: ProgramParts, watch?: never) =>
    arranged(parts.result, new Replay(parts, bindings, [x]).run(watch));
  verifier.run({
    call: () => fn(x),
    replay: (watch) => replay(parts, watch as never),
    run: () => replay(at === null ? parts : faulty(parts, at, by)),
    isExact: false,
    touched: { written: [], graded: [] },
  });
  await verifier.done();
}

const fn = (x: Tensor): Tensor => softmax(x.mul(0.3).tanh().add(1), -1).log().sum(0);

Deno.test("a kernel that is off by a ten-thousandth is found, in each elementwise step; rounding is not", async () => {
  const x = normal([4, 50]), { parts } = recorded(fn, [x]);
  await verifies(fn, x, null);
  for (const [k, { op, attributes }] of parts.steps.entries()) {
    if (op.name !== "map") continue;
    const error = () => verifies(fn, x, k, 1e-4);
    await assertRejects(error, CompileError, "more than rounding does", attributesKey(attributes));
  }
});

Deno.test("an element alone that is off is found", async () => {
  const x = uniform([1000]), one = tensor(Array.from({ length: 1000 }, (_, i) => i === 500 ? 1 : 0));
  const fn = (x: Tensor) => x.mul(2).add(one.mul(0)).sqrt();
  const off = (x: Tensor) => x.mul(2).add(one.mul(3e-5)).sqrt();
  const { parts, bindings } = recorded(off, [x]), verifier = new Verifier("a function");
  const program = recorded(fn, [x]);
  verifier.run({
    call: () => fn(x),
    replay: (watch) =>
      arranged(program.parts.result, new Replay(program.parts, program.bindings, [x]).run(watch)),
    run: () => arranged(parts.result, new Replay(parts, bindings, [x]).run()),
    isExact: false,
    touched: { written: [], graded: [] },
  });
  await assertRejects(() => verifier.done(), CompileError, "at element 500");
});

Deno.test("a gradient that is nothing but rounding, from which Adam makes a whole step, is no fault", async () => {
  const bias = variable(normal([8])), optimizer = new Adam([bias], { learningRate: 0.1 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad();
    const y = x.add(bias), centred = y.sub(y.mean(0));
    const loss = centred.div(centred.square().mean(0).add(1e-5).sqrt()).tanh().sum();
    loss.backward();
    optimizer.step();
    return loss;
  }, { verify: true });
  for (let i = 0; i < 6; i++) step(normal([16, 8]));
  await step.verified();
});
