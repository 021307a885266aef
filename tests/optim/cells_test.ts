/** The settings of optimizers are cells, which the kernels of a step read. */
import { type Layer, scope, type Tensor, tensor, variable, withLayer } from "@tapegrad/core";
import { type Cells, GD, type GDOptions, Optimizer, type OptimizerOptions } from "@tapegrad/optim";
import { literalOf } from "../../core/tensor/constants.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { backend, testWith } from "../backend_traits.ts";

/** The cells that a step's kernels take, by update. */
function readIn(step: () => void): Readonly<Record<string, readonly string[]>> {
  const seen: Record<string, readonly string[]> = {};
  const layer: Layer = {
    handle(call, next): readonly Tensor[] {
      const names = call.inputs.map((x) => literalOf(x)?.cell?.name);
      if (call.op.name === "update") {
        seen[call.op.label!(call.attributes)] = names.filter((name) => name !== undefined);
      }
      return next(call);
    },
  };
  withLayer(layer, step);
  return seen;
}

function stepped(options: Partial<GDOptions>): GD {
  const x = variable([1, -2]), optimizer = new GD([x], { learningRate: 0.1, ...options });
  x.square().sum().backward();
  optimizer.step();
  return optimizer;
}

const rate = ["learningRate"], all = [...rate, "weightDecay", "momentum"];
const cases: readonly (readonly [Partial<GDOptions>, Readonly<Record<string, readonly string[]>>])[] = [
  [{}, { descend: rate }],
  [{ maximize: true }, { ascend: rate }],
  [{ weightDecay: 0.1 }, { descend: ["learningRate", "weightDecay"] }],
  [{ momentum: 0.9 }, { accelerate: all }],
  [{ momentum: 0.9, dampening: 0.5 }, { accelerate: [...all, "inflow"], count: [] }],
  [{ momentum: 0.9, nesterov: true }, { accelerate: all }],
];

for (const [options, expected] of cases) {
  Deno.test(`the kernels of GD with ${JSON.stringify(options)} read its settings from cells`, () => {
    const optimizer = stepped(options);
    assertEquals(readIn(() => optimizer.step()), expected);
  });
}

Deno.test("the cells of a group stay, and follow its settings", () => {
  const optimizer = stepped({ momentum: 0.9, dampening: 0.25 }), [group] = optimizer.groups;
  const { learningRate, momentum, inflow } = group.cells;
  assertEquals([learningRate.value, momentum.value, inflow.value], [0.1, 0.9, 0.75]);
  optimizer.learningRate = 0.05;
  group.change({ dampening: 0.1, momentum: 0.5 });
  assertEquals([learningRate.value, momentum.value, inflow.value], [0.05, 0.5, 0.9]);
  assertStrictEquals(group.cells.learningRate, learningRate);
  assertThrows(() => group.change({ momentum: 0.7, weightDecay: -1 }), RangeError);
  assertEquals([learningRate.value, momentum.value, inflow.value], [0.05, 0.5, 0.9]);
  const other = stepped({});
  optimizer.loadStateDict(other.stateDict());
  assertEquals([learningRate.value, momentum.value, inflow.value], [0.1, 0, 1]);
});

Deno.test("groups have cells of their own", () => {
  const groups = [{ parameters: [variable(1)] }, { parameters: [variable(2)], learningRate: 1 }];
  const optimizer = new GD(groups, { learningRate: 0.1 });
  optimizer.groups[1].learningRate = 3;
  assertEquals(optimizer.groups.map((group) => group.cells.learningRate.value), [0.1, 3]);
});

/** What GD did when its settings were numbers: each rounded to the dtype once, from double precision. */
function reference(
  dtype: "f32" | "f64",
  gradient: number,
  steps: number,
  o: Omit<Required<GDOptions>, "nonFinite">,
): number {
  const round = dtype === "f32" ? Math.fround : (x: number) => x, sign = o.maximize ? -1 : 1;
  const [rate, decay, momentum] = [o.learningRate, o.weightDecay, o.momentum].map(round);
  let p = round(0.3), v: number | undefined;
  const d = () => sign * round(gradient) + decay * p;
  for (let i = 0; i < steps; i++) {
    const inflow = round(v === undefined ? 1 : 1 - o.dampening);
    v = round(momentum * (v ?? 0) + inflow * d());
    p = round(p - rate * (o.nesterov ? d() + momentum * v : v));
  }
  return p;
}

testWith({ f64: true }, "steps are to the bit what they are with numbers", async () => {
  for (const dtype of ["f32", "f64"] as const) {
    // The cpu computes f32 in double precision; who computes in f32 itself rounds oftener than the reference does.
    const on = { dtype, backend: dtype === "f32" ? "cpu" : backend.name };
    for (const dampening of [0, 0.1, 1 / 3]) {
      for (const maximize of [false, true]) {
        for (const momentum of [0.9, 1 / 7]) {
          const nesterov = dampening === 0 && maximize;
          const options = { learningRate: 0.123, momentum, dampening, nesterov, weightDecay: 0.07, maximize };
          const x = variable([0.3], on), optimizer = new GD([x], options);
          x.setGrad(tensor([0.77], on));
          for (let i = 0; i < 4; i++) optimizer.step();
          assertEquals(await x.item(), reference(dtype, 0.77, 4, options), JSON.stringify([dtype, options]));
        }
      }
    }
  }
});

interface Settings extends OptimizerOptions {
  readonly beta: number;
}

/** An optimizer of a user, with a number that follows from a setting. */
class Halving extends Optimizer<Settings, Record<never, never>, { half: number }> {
  protected override derived({ beta }: Settings): { half: number } {
    return { half: beta / 2 };
  }

  protected override update(
    parameter: Tensor,
    gradient: Tensor,
    _options: Settings,
    _state: Record<never, never>,
    { learningRate, half }: Cells<Settings & { half: number }>,
  ): void {
    parameter.assign(parameter.sub(gradient.mul(learningRate).mul(half)));
  }
}

Deno.test("an optimizer of one's own computes with cells, and with what it derives", async () => {
  const x = variable([4]), optimizer = new Halving([x], { learningRate: 1, beta: 0.5 });
  const step = () => scope(() => optimizer.step());
  x.setGrad(tensor([1]));
  step();
  optimizer.groups[0].change({ beta: 2 });
  step();
  optimizer.learningRate = 0.5;
  step();
  assertEquals(await x.item(), 4 - 0.25 - 1 - 0.5);
  assertThrows(() => optimizer.groups[0].change({ beta: NaN }), RangeError, "beta of NaN");
  assert(optimizer.groups[0].cells.half.value === 1);
});
