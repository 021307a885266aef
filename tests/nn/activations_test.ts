import { ShapeError, zeros } from "@tapegrad/core";
import {
  type Activation,
  Flatten,
  GELU,
  Hardtanh,
  LeakyReLU,
  PReLU,
  ReLU,
  Softmax2d,
  Softplus,
  Threshold,
  Unflatten,
} from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/activations.json" with { type: "json" };

// Between steps their second derivatives are zero, which differences of first ones at kinks are not.
againstPyTorch(reference);

Deno.test("settings of activations are given one by one or by name, and are printed", () => {
  assertEquals(String(new LeakyReLU({ negativeSlope: 0.2 })), "LeakyReLU(0.2)");
  assertEquals(String(new LeakyReLU({})), "LeakyReLU");
  assertEquals(String(new Hardtanh({ minVal: -2 })), "Hardtanh(-2)");
  assertEquals(String(new Hardtanh(-2, 3)), "Hardtanh(-2, 3)");
  assertEquals(String(new GELU({ approximate: "tanh" })), "GELU(tanh)");
  assertEquals(String(new Threshold(1, 2)), "Threshold(1, 2)");
  assertEquals(String(new PReLU({ numParameters: 3 })), "PReLU(3), 3 parameters");
  assertThrows(() => new LeakyReLU({ slope: 2 } as never), TypeError, "did you mean negativeSlope");
  assertThrows(() => new Softplus({ beta: NaN }), RangeError, "Cannot make a Softplus with a beta of NaN");
  assertThrows(() => new GELU({ approximate: "erf" as "tanh" }), TypeError, "choose none or tanh");
  assertThrows(() => new PReLU({ numParameters: 0 }), RangeError, "0 parameters");
});

Deno.test("settings that an activation does not have are refused, PyTorch's inplace among them", () => {
  const refuses = (Layer: unknown, settings: unknown[], text: string) => {
    const error = assertThrows(() => new (Layer as typeof Activation)(...settings as [never]), TypeError);
    assertEquals(error.message, `Cannot make a ${text}`);
  };
  refuses(ReLU, [true], "ReLU with settings of true: it takes none");
  refuses(ReLU, [{ inplace: true }], 'ReLU with an option "inplace": it takes none');
  refuses(LeakyReLU, [0.2, true], "LeakyReLU with settings of 0.2, true: it takes negativeSlope");
  refuses(Hardtanh, [-2, 3, true], "Hardtanh with settings of -2, 3, true: it takes minVal, maxVal");
});

Deno.test("wrong shapes are refused", () => {
  assertThrows(() => new PReLU({ numParameters: 3 }).forward(zeros([2, 4])), ShapeError, "[4] is needed");
  assertThrows(() => new Softmax2d().forward(zeros([2, 4])), ShapeError, "Cannot apply Softmax2d to [2, 4]");
  const unflatten = new Unflatten(1, [2, 2]);
  assertThrows(
    () => unflatten.forward(zeros([2, 6])),
    ShapeError,
    "Unflatten(1, [2, 2]) to [2, 6]: axis 1 must have 4",
  );
  assertThrows(
    () => new Unflatten(3, [2, -1]).forward(zeros([2, 6])),
    ShapeError,
    "a multiple of 2 elements",
  );
  assertThrows(() => new Unflatten(1, [] as never), TypeError);
  assertEquals(String(new Flatten({ start: 0 })), "Flatten(0, -1)");
});
