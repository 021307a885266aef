/** A step refuses gradients that are not finite where it is asked to, or is left out as a whole. */
import { TapeError, type Tensor, tensor, variable } from "@tapegrad/core";
import { GD, type GDOptions, type NonFinite } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import { backend, testWith } from "../backend_traits.ts";

const bad = [NaN, Infinity, -Infinity];

function parameters(gradients: readonly (readonly number[])[]): Tensor[] {
  return gradients.map((gradient, i) => {
    const parameter = variable([i, i + 1]);
    parameter.setGrad(tensor(gradient));
    return parameter;
  });
}

for (const value of bad) {
  for (const at of [0, 1]) {
    const gradients = [[1, 1], [1, 1]];
    gradients[at] = [1, value];

    testWith({ synchronous: true }, `a gradient of ${value} at parameter ${at} is thrown`, async () => {
      const all = parameters(gradients), optimizer = new GD(all, { learningRate: 1, nonFinite: "throw" });
      all[at].label = "weight";
      const says = `gradient of parameter ${at} "weight" of shape [2]: its element 1 of 2 is ${value}`;
      assertThrows(() => optimizer.step(), TapeError, says);
      assertEquals(await Promise.all(all.map((p) => p.array())), [[0, 1], [1, 2]]);
    });

    testWith({ synchronous: true }, `a gradient of ${value} at parameter ${at} is skipped`, async () => {
      const all = parameters(gradients);
      const optimizer = new GD(all, { learningRate: 1, momentum: 0.9, nonFinite: "skip" });
      assertEquals(optimizer.step(), false);
      assertEquals(await Promise.all(all.map((p) => p.array())), [[0, 1], [1, 2]]);
      all.forEach((p) => p.setGrad(tensor([1, 1])));
      assertEquals(optimizer.step(), true);
      assertEquals(await Promise.all(all.map((p) => p.array())), [[-1, 0], [0, 1]]);
    });

    Deno.test(`a gradient of ${value} at parameter ${at} is told of when it is asked for`, async () => {
      const optimizer = new GD(parameters(gradients), { learningRate: 1 });
      assertEquals(await optimizer.hasFiniteGradients(), false);
    });
  }
}

Deno.test("gradients that are finite, or none at all, are told of as such", async () => {
  const all = [...parameters([[1, 2]]), variable([3]), variable([], { dtype: "f32" })];
  all[2].setGrad(tensor([]));
  const optimizer = new GD(all, { learningRate: 1 });
  assertEquals(await optimizer.hasFiniteGradients(), true);
  assertEquals(optimizer.step(), true);
});

Deno.test("a step takes what is not finite unless said otherwise", async () => {
  const all = parameters([[1, Infinity]]);
  assertEquals(new GD(all, { learningRate: 1 }).step(), true);
  assertEquals(await all[0].array(), [-1, -Infinity]);
});

testWith({ synchronous: true }, "a group that throws is heard though another skips", () => {
  const [a, b] = parameters([[NaN, 1], [1, NaN]]);
  const groups = [{ parameters: [a] }, { parameters: [b], nonFinite: "throw" as const }];
  const optimizer = new GD(groups, { learningRate: 1, nonFinite: "skip" });
  assertThrows(() => optimizer.step(), TapeError, "parameter 1 of");
  b.setGrad(null);
  assertEquals(optimizer.step(), false);
  const [, of] = optimizer.groups;
  of.change({ nonFinite: "take" });
  b.setGrad(tensor([NaN, 1]));
  a.setGrad(tensor([1, 1]));
  assertEquals(optimizer.step(), true);
});

Deno.test("another word is refused, wherever it is given", () => {
  const wrong = { nonFinite: "ignore" as NonFinite }, x = variable([1]), good = { learningRate: 1 };
  const [group] = new GD([x], good).groups;
  const ways = [
    () => new GD([x], { ...good, ...wrong }),
    () => new GD([{ parameters: [x], ...wrong }], good),
    () => group.change(wrong),
    () => new GD([x], { ...good, nonFinite: null } as unknown as GDOptions),
  ];
  for (const way of ways) assertThrows(way, TypeError, "choose take, throw, skip");
});

Deno.test({
  name: "a device that is not read at once says how to ask it",
  ignore: backend.synchronous,
  fn(): void {
    const optimizer = new GD(parameters([[1, 1]]), { learningRate: 1, nonFinite: "skip" });
    assertThrows(() => optimizer.step(), Error, "await optimizer.hasFiniteGradients()");
  },
});
