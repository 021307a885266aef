import { key, ones, read, ShapeError, type Tensor, variable, zeros } from "@tapegrad/core";
import { init } from "@tapegrad/nn";
import { assert, assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { precision, within } from "../backend_traits.ts";

const shape = [200, 50, 4], [fanIn, fanOut] = [200, 800];

/** The standard deviation each way of drawing should have, and whether it is uniform. */
const ways: Readonly<Record<string, [(w: Tensor) => Tensor, number, boolean]>> = {
  uniform: [(w) => init.uniform(w, { low: -2, high: 2, key: key(1) }), 2 / Math.sqrt(3), true],
  normal: [(w) => init.normal(w, { std: 3, key: key(1) }), 3, false],
  xavierUniform: [(w) => init.xavierUniform(w, { key: key(1) }), Math.sqrt(2 / (fanIn + fanOut)), true],
  "xavierNormal with the gain of tanh": [
    (w) => init.xavierNormal(w, { gain: init.gain("tanh"), key: key(1) }),
    5 / 3 * Math.sqrt(2 / (fanIn + fanOut)),
    false,
  ],
  kaimingUniform: [(w) => init.kaimingUniform(w, { key: key(1) }), Math.sqrt(2 / fanIn), true],
  "kaimingUniform of PyTorch's Linear": [
    (w) => init.kaimingUniform(w, { slope: Math.sqrt(5), key: key(1) }),
    Math.sqrt(1 / 3 / fanIn),
    true,
  ],
  "kaimingNormal backward for relu": [
    (w) => init.kaimingNormal(w, { mode: "fanOut", nonlinearity: "relu", key: key(1) }),
    Math.sqrt(2 / fanOut),
    false,
  ],
};

for (const [name, [draw, std, isUniform]] of Object.entries(ways)) {
  Deno.test(`${name} has the moments it should have`, async () => {
    const w = variable(zeros(shape, { dtype: precision }));
    assertStrictEquals(draw(w), w);
    assert(w.requiresGrad && w.isLeaf);
    const z = w.detach().div(std), moment = (k: number) => z.pow(k).mean();
    const again = draw(zeros(shape, { dtype: precision }));
    const wanted = [moment(1), moment(2), moment(4), z.abs().max(), w, again];
    const [[mean], [variance], [fourth], [largest], drawn, redrawn] = await read(wanted);
    // 40,000 draws: five standard errors of each moment.
    assertAlmostEquals(mean, 0, 0.025);
    assertAlmostEquals(variance, 1, 0.036);
    assertAlmostEquals(fourth, isUniform ? 9 / 5 : 3, isUniform ? 0.04 : 0.25);
    if (isUniform) assert(largest <= Math.sqrt(3) + within(1e-12, 2e-7));
    assertEquals(redrawn, drawn);
  });
}

Deno.test("without a key two draws differ", async () => {
  const draw = () => init.normal(zeros([4])).array();
  assert(JSON.stringify(await draw()) !== JSON.stringify(await draw()));
});

Deno.test("constants fill in place", async () => {
  const w = variable([1, 2]);
  assertEquals(await init.zeros(w).array(), [0, 0]);
  assertEquals(await init.ones(w).array(), [1, 1]);
  assertEquals(await init.constant(w, 0.5).array(), [0.5, 0.5]);
});

Deno.test("fans count the window, and need two axes", () => {
  assertEquals(init.fans([3, 2]), { fanIn: 2, fanOut: 3 });
  assertEquals(init.fans([8, 3, 5, 5]), { fanIn: 75, fanOut: 200 });
  assertThrows(() => init.kaimingUniform(ones([3])), ShapeError, "fans of [3]");
});

Deno.test("gains are PyTorch's", () => {
  const { gain } = init;
  assertEquals([gain("linear"), gain("sigmoid"), gain("tanh"), gain("selu")], [1, 1, 5 / 3, 0.75]);
  assertAlmostEquals(gain("relu"), Math.SQRT2, 1e-15);
  assertAlmostEquals(gain("leakyRelu"), Math.sqrt(2 / 1.0001), 1e-15);
  assertAlmostEquals(gain("leakyRelu", { slope: 3 }), Math.sqrt(0.2), 1e-15);
  assertThrows(() => gain("softmax" as "relu"), TypeError, 'the gain of "softmax": choose one of linear');
});
