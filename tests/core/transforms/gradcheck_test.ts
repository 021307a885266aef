import {
  customGradient,
  DtypeError,
  gradcheck,
  gradgradcheck,
  mul,
  TapeError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { assertMatch, assertRejects } from "@std/assert";
import { precise, testWith } from "../../backend_traits.ts";

testWith({ f64: true }, "gradcheck and gradgradcheck pass what is right", async () => {
  const points = [precise([[0.3, -1.2]]), precise([0.7, 2])];
  await gradcheck((x, y) => [x.mul(y).sin(), x.exp().sum()], points);
  await gradgradcheck((x, y) => [x.mul(y).sin(), x.exp().sum()], points);
});

testWith(
  { f64: true },
  "gradcheck takes inputs that do not move and outputs that are no floats",
  async () => {
    const index = tensor([1, 0], { dtype: "i32" });
    await gradcheck((x, i) => [x.gather(0, i).exp(), x.argmax()], [precise([1, 2]), index]);
  },
);

// The gradient to the second argument is wrong at one element.
const wrong = customGradient((x, y) => ({
  value: mul(x, y),
  gradient: (ct) => [ct.mul(y), ct.mul(x).add(precise([[0, 0, 0], [0, 0.1, 0]]))],
}));

const points = (): Tensor[] => [precise([[1, 2, 3], [4, 5, 6]]), precise([[2, 1, 0], [1, 2, 3]])];

testWith({ f64: true }, "gradcheck names input, element and shape of a wrong gradient", async () => {
  const error = await assertRejects(() => gradcheck((x, y) => wrong(x, y), points()), TapeError);
  assertMatch(
    error.message,
    /element 4 of input 1 of shape \[2, 3\]: [-\d.]+ by the tape, [-\d.]+ by differences/,
  );
});

// Right at first order; the rule is cut off from its argument, so the second derivative is missing.
const shallow = customGradient((x) => ({
  value: x.pow(3),
  gradient: (ct) => [ct.mul(x.detach().pow(2)).mul(3)],
}));

testWith({ f64: true }, "gradgradcheck finds a second derivative that gradcheck does not see", async () => {
  await gradcheck((x) => shallow(x), [precise([1, 2])]);
  const error = await assertRejects(() => gradgradcheck((x) => shallow(x), [precise([1, 2])]), TapeError);
  assertMatch(error.message, /of input 0 of shape \[2\]/);
});

testWith({ f64: true }, "a NaN on either side is a disagreement", async () => {
  const nan = customGradient((x) => ({ value: x.exp(), gradient: (ct) => [ct.mul(NaN)] }));
  await assertRejects(() => gradcheck((x) => nan(x), [precise([1])]), TapeError, "NaN by the tape");
});

Deno.test("gradcheck refuses f32 and says why", async () => {
  await assertRejects(() => gradcheck((x) => x.exp(), [tensor([1])]), DtypeError, "differences need f64");
});

testWith({ f64: true }, "tolerances are the caller's to set", async () => {
  const loose = { atol: 1, rtol: 1 };
  await gradcheck((x, y) => wrong(x, y), points(), loose);
  await assertRejects(() => gradcheck((x) => x.exp(), [precise([1])], { step: 0.5, tries: 1 }), TapeError);
});

testWith({ f64: true }, "gradcheck does not pass where there is nothing to compare", async () => {
  const index = tensor([1, 0], { dtype: "i32" });
  await assertRejects(() => gradcheck((i) => i.add(1), [index]), TapeError, "without floating inputs");
  await assertRejects(
    () => gradcheck((x) => x.argmax(), [precise([1, 2])]),
    TapeError,
    "without floating outputs",
  );
});
