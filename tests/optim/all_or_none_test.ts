/** A step, a load or a change of settings that fails leaves everything as it was. */
import {
  BackendError,
  noGrad,
  registerBackend,
  ShapeError,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { GD, type OptimizerStateDict } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";
import type { ErrorClass } from "../backend_traits.ts";

registerBackend({ name: "aside", create: () => createCpuBackend({ name: "aside" }) });

/** What stops a step of one parameter. */
const obstacles: [name: string, put: (p: Tensor) => void, kind: ErrorClass, says: string][] = [
  [
    "a gradient of another shape",
    (p) => Object.assign(p.grad!, { shape: [1] }),
    ShapeError,
    "this is f32 [1]",
  ],
  ["a gradient on another backend", (p) => p.grad!.setData(p.grad!.to("aside")), BackendError, "on aside"],
  [
    "a parameter that has moved",
    (p) => noGrad(() => p.setData(p.to("aside"))),
    BackendError,
    "on aside is needed",
  ],
  ["a gradient that was released", (p) => p.grad!.dispose(), BackendError, "was disposed"],
  ["a parameter that was released", (p) => p.dispose(), BackendError, "was disposed"],
  ["a gradient of another dtype", (p) => p.grad!.setData(p.grad!.to("i32")), Error, "this is i32 [2]"],
];

for (const [name, put, kind, says] of obstacles) {
  for (const momentum of [0, 0.9]) {
    for (const at of [0, 1, 2]) {
      Deno.test(`${name} at parameter ${at} stops the whole step, momentum ${momentum}`, async () => {
        const all = [0, 1, 2].map((i) => variable([i, i + 1]));
        const groups = [{ parameters: all.slice(0, 2) }, { parameters: all.slice(2), learningRate: 1 }];
        const optimizer = new GD(groups, { learningRate: 0.1, momentum });
        const backward = () => all.reduce((sum, p) => sum.add(p.square()), tensor([0, 0])).sum().backward();
        backward();
        optimizer.step();
        const others = all.toSpliced(at, 1);
        const now = (): Promise<unknown[]> =>
          Promise.all(
            [...others, ...tensorsIn(optimizer.stateDict()).toSpliced(at, 1)].map((t) => t.array()),
          );
        const before = await now();
        put(all[at]);
        assertThrows(() => optimizer.step(), kind, says);
        assertEquals(await now(), before);
      });
    }
  }
}

function tensorsIn({ state }: OptimizerStateDict<unknown>): Tensor[] {
  return state.flatMap((values) => Object.values(values)).filter((value) => typeof value === "object");
}

function stepped(momentum: number): { readonly optimizer: GD; readonly parameters: readonly Tensor[] } {
  const parameters = [variable([1, 2]), variable([3])];
  const groups = parameters.map((p) => ({ parameters: [p] }));
  const optimizer = new GD(groups, { learningRate: 0.1, momentum });
  for (const p of parameters) p.square().sum().backward();
  optimizer.step();
  return { optimizer, parameters };
}

Deno.test("a state that does not fit changes neither settings nor state", async () => {
  const good = stepped(0.5).optimizer.stateDict(), [first, second] = good.groups;
  const bad: [OptimizerStateDict<typeof first.options>, ErrorClass][] = [
    [
      { ...good, groups: [{ ...first, options: { ...first.options, learningRate: 9 } }, negative(second)] },
      RangeError,
    ],
    [{ ...good, state: [good.state[0], { velocity: tensor([1, 2]) }] }, ShapeError],
    [{ ...good, state: [{ velocity: tensor([7, 7]) }, { velocity: disposed() }] }, BackendError],
  ];
  for (const [dict, kind] of bad) {
    const { optimizer } = stepped(0.9);
    const before = await Promise.all(tensorsIn(optimizer.stateDict()).map((t) => t.array()));
    assertThrows(() => optimizer.loadStateDict(dict), kind);
    assertEquals(optimizer.groups.map((g) => [g.learningRate, g.options.momentum]), [[0.1, 0.9], [0.1, 0.9]]);
    assertEquals(await Promise.all(tensorsIn(optimizer.stateDict()).map((t) => t.array())), before);
  }
});

function negative<T extends { readonly options: object }>(group: T): T {
  return { ...group, options: { ...group.options, momentum: -1 } };
}

function disposed(): Tensor {
  const x = tensor([1]);
  x.dispose();
  return x;
}

Deno.test("a learning rate that is refused changes no group", () => {
  const { optimizer } = stepped(0);
  for (const rate of [-1, NaN]) {
    assertThrows(() => optimizer.learningRate = rate, RangeError, "learning rate");
    assertEquals(optimizer.groups.map((g) => g.learningRate), [0.1, 0.1]);
  }
});
