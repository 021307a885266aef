/** What holds of every optimizer. */
import {
  currentBackend,
  memory,
  noGrad,
  Program,
  read,
  record,
  scope,
  type Tensor,
  tensor,
  variable,
  withBackend,
} from "@tapegrad/core";
import type { OptimizerStateDict, ParameterState } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import { Watcher } from "../core/call/watched.ts";
import { countEachBuffer } from "../proof/memory/unseen.ts";
import { floats } from "../backend_traits.ts";
import { descend, type Problem, problem } from "./descent.ts";
import { type AnyOptimizer, every } from "./every.ts";

// Matrices, as Muon takes no others.
const start = { curvature: [[0.5, 2, 8]], x: [[1, -2, 0.3]], y: [[0.75]] };

async function elements({ parameters }: Problem): Promise<number[][]> {
  return (await read([...parameters])).map((x) => [...x]);
}

/** A problem that stands where another one does. */
function copyOf({ parameters }: Problem, dtype: "f32" | "f64"): Problem {
  const copy = problem(start, dtype);
  noGrad(() => copy.parameters.forEach((p, i) => p.assign(parameters[i])));
  return copy;
}

/** A state each of whose tensors is its own, as one that was saved. */
function apart({ groups, state }: OptimizerStateDict<object>): OptimizerStateDict<never> {
  const copied = (value: ParameterState[string]) =>
    typeof value === "object" ? value.zerosLike().assign(value) : value;
  const copies = state.map((values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, copied(value)]))
  );
  return { groups: groups as never, state: copies };
}

for (const { name, of } of every) {
  for (const dtype of floats) {
    Deno.test(`${name} in ${dtype}: a state goes on bit for bit, shared or apart`, async () => {
      const p = problem(start, dtype), optimizer = of(p.parameters);
      for (let i = 0; i < 7; i++) descend(p, optimizer);
      const others = [(dict: OptimizerStateDict<never>) => dict, apart].map((through) => {
        const q = copyOf(p, dtype), other = of(q.parameters, { learningRate: 1 });
        other.loadStateDict(through(optimizer.stateDict() as never));
        return { q, other };
      });
      for (let i = 0; i < 7; i++) descend(p, optimizer);
      for (const { q, other } of others) {
        assertEquals(other.groups[0].options, optimizer.groups[0].options);
        for (let i = 0; i < 7; i++) descend(q, other);
        assertEquals(await elements(q), await elements(p));
      }
    });

    Deno.test(`${name} in ${dtype}: a recorded step is every step, and follows the cells`, async () => {
      const [eager, replayed] = [0, 1].map(() => {
        const p = problem(start, dtype), optimizer = of(p.parameters);
        const step = () => descend(p, optimizer);
        return { p, optimizer, step };
      });
      let run = (): void => {
        const [, program] = record(replayed.step);
        const again = Program.from<[], void>(JSON.parse(JSON.stringify(program)), program);
        run = () => void again.run();
      };
      for (let i = 0; i < 12; i++) {
        if (i === 6) { for (const { optimizer } of [eager, replayed]) optimizer.learningRate /= 4; }
        eager.step();
        run();
        assertEquals(await elements(replayed.p), await elements(eager.p), `step ${i}`);
      }
    });
  }

  Deno.test(`${name}: parameters that miss steps are as if they were alone`, async () => {
    const [a, b, c] = [0, 1, 2].map(() => variable([[1, -2]])),
      alone = [0, 1, 2].map(() => variable([[1, -2]]));
    const together = of([a, b, c]), optimizers = alone.map((p) => of([p]));
    for (let i = 0; i < 8; i++) {
      [a, b, c].forEach((p, k) => {
        const g = i % 3 === k && i < 6 ? null : tensor([[i + 1, -1 - k]]);
        p.setGrad(g);
        alone[k].setGrad(g);
        if (g !== null) optimizers[k].step();
      });
      together.step();
    }
    assertEquals(await read([a, b, c]), await read(alone));
  });

  Deno.test(`${name}: groups have settings of their own`, async () => {
    const one = () => variable([[1, -2]]), [a, b] = [one(), one()], [c, d] = [one(), one()];
    const groups = [{ parameters: [a] }, { parameters: [b], learningRate: 0.5 }];
    const both = of(groups), each = [of([c]), of([d], { learningRate: 0.5 })];
    for (let i = 0; i < 4; i++) {
      for (const p of [a, b, c, d]) p.setGrad(tensor([[i - 1, 2]]));
      for (const optimizer of [both, ...each]) optimizer.step();
    }
    assertEquals(await read([a, b]), await read([c, d]));
  });
}

function kernelsOf(optimizer: AnyOptimizer, parameters: readonly Tensor[], watcher: Watcher): number {
  for (let i = 0; i < 3; i++) {
    for (const p of parameters) p.setGrad(p.detach());
    watcher.forget();
    optimizer.step();
  }
  return watcher.runs.filter(({ isKernel }) => isKernel).length;
}

for (const { name, of, kernels, shared } of every) {
  Deno.test(`${name}: ${kernels} kernels a parameter and ${shared} for all`, () => {
    const watcher = new Watcher(currentBackend());
    withBackend(watcher.backend, () => {
      const parameters = [[[1, 2]], [[3], [4]], [[5, 6, 7]]].map((x) => variable(x));
      assertEquals(kernelsOf(of(parameters), parameters, watcher), 3 * kernels + shared);
    });
  });
}

await countEachBuffer();

for (const { name, of } of every) {
  Deno.test(`${name}: steps in a scope leave no memory behind, and dispose what was remembered`, () => {
    const parameters = [variable([[3, 4]]), variable([[1]])];
    const before = memory(), optimizer = of(parameters);
    const step = () =>
      scope(() => {
        optimizer.zeroGrad();
        for (const p of parameters) p.square().sum().backward();
        optimizer.step();
        optimizer.zeroGrad();
      });
    step();
    const remembered = memory();
    for (let i = 0; i < 5; i++) step();
    assertEquals(memory(), remembered);
    optimizer.dispose();
    assertEquals(memory(), before);
  });

  Deno.test(`${name} refuses settings that make no sense, and those that it does not know`, () => {
    const x = variable([[1]]);
    assertThrows(() => of([x], { learningRate: -1 }), RangeError, "learning rate of -1");
    assertThrows(() => of([x], { learningRate: NaN }), RangeError, "learning rate of NaN");
    assertThrows(() => of([x], { lr: 1 }), TypeError, 'an option "lr": did you mean learningRate?');
    assertThrows(() => of([x], { maximize: 1 }), TypeError, "a boolean is needed");
    const { options } = of([x]).groups[0];
    for (const [setting, value] of Object.entries(options)) {
      const words = setting.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      if (typeof value !== "number") continue;
      for (const bad of [NaN, Infinity]) {
        assertThrows(() => of([x], { [setting]: bad }), RangeError, `${words} of ${bad}`);
      }
      if (!["dampening", "beta2Decay"].includes(setting)) {
        assertThrows(() => of([x], { [setting]: -1 }), RangeError, `${words} of -1`);
      }
    }
    if (!("betas" in options)) return;
    for (const beta of [1, -0.1, NaN, 2]) {
      assertThrows(() => of([x], { betas: [beta, 0.5] }), RangeError, `beta1 of ${beta}`);
      assertThrows(() => of([x], { betas: [0.5, beta] }), RangeError, `beta2 of ${beta}`);
    }
    assertThrows(() => of([x], { betas: [0.5] }), TypeError, "2 numbers are needed");
    assertThrows(() => of([x], { betas: 0.5 }), TypeError, "a list is needed");
  });
}
