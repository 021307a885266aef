/** An option that is `undefined` is left out, and one that is NaN is refused. */
import { variable } from "@tapegrad/core";
import { GD, type GDOptions } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

const names = ["momentum", "dampening", "nesterov", "weightDecay", "maximize"] as const;

/** Where the second of two steps leads. */
function led(make: (x: ReturnType<typeof variable>) => GD): Promise<unknown> {
  const x = variable([1, -2]), optimizer = make(x);
  for (let i = 0; i < 2; i++) {
    optimizer.zeroGrad();
    x.square().sum().backward();
    optimizer.step();
  }
  return x.array();
}

for (const name of names) {
  Deno.test(`${name}: undefined is as if it were left out`, async () => {
    const left = { learningRate: 0.1, momentum: name === "momentum" ? undefined : 0.9 };
    const said: GDOptions = { ...left, [name]: undefined };
    const { [name]: _, ...without } = said;
    const expected = await led((x) => new GD([x], without));
    assertEquals(await led((x) => new GD([x], said)), expected);
    assertEquals(await led((x) => new GD([{ parameters: [x], [name]: undefined }], without)), expected);
    assertEquals(
      await led((x) => {
        const optimizer = new GD([x], without);
        optimizer.groups[0].change({ [name]: undefined, learningRate: undefined });
        return optimizer;
      }),
      expected,
    );
  });
}

Deno.test("settings of NaN are refused by name, wherever they are given", () => {
  const words = {
    momentum: "momentum",
    dampening: "dampening",
    weightDecay: "weight decay",
    learningRate: "learning rate",
  };
  for (const [name, word] of Object.entries(words)) {
    const bad = { [name]: NaN }, x = variable([1]), good = { learningRate: 0.1, momentum: 0.5 };
    const optimizer = new GD([x], good), [group] = optimizer.groups;
    for (
      const make of [
        () => new GD([x], { ...good, ...bad }),
        () => new GD([{ parameters: [x], ...bad }], good),
        () => group.change(bad),
      ]
    ) {
      assertThrows(make, RangeError, `${word} of NaN`);
    }
    assertEquals(group.options, { ...group.options, ...good, dampening: 0, weightDecay: 0 });
  }
  assertThrows(() => new GD([variable([1])], {} as GDOptions), RangeError, "learning rate of nothing");
});
