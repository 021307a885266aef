import { add, concat, noGrad, sum, tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { GD } from "@tapegrad/optim";
import { assertThrows } from "@std/assert";

/** A tensor of a second copy of the package, which a program has that installs or bundles it twice. */
class Tensor {
  readonly storage = {};
  readonly shape = [1];
  readonly dtype = "f32";
}

const foreign = new Tensor() as never;
const calls: Readonly<Record<string, () => unknown>> = {
  "an operand": () => add(tensor([1]), foreign),
  "an operand of a method": () => tensor([1]).mul(foreign),
  "the only operand": () => sum(foreign),
  "one of a list": () => concat([tensor([1]), foreign]),
  "a new value": () => noGrad(() => tensor([1]).setData(foreign)),
  "a parameter": () => new GD([foreign], { learningRate: 1 }),
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`a tensor of another copy of the package as ${name} is refused by that name`, () => {
    assertThrows(
      call,
      TypeError,
      "this is of another copy of @tapegrad/core: load it once",
    );
  });
}
