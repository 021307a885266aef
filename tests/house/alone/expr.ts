import { e, evaluate, gradientExprs, typeOf } from "@tapegrad/core/expr";
import { assertEquals, assertThrows } from "@std/assert";

const [slope] = gradientExprs([e.mul(e.input(0), e.erf(e.input(0)))], 1);
assertEquals(String(slope).includes("erf(x0)"), true);
assertEquals(typeOf(e.sin(e.input(0)), ["i32"]), "f32");
assertEquals(evaluate(e.tanh(e.input(0)), [1]), Math.tanh(1));
assertEquals(evaluate(e.div(e.input(0), 2), [3], ["i32"]), 1.5);

// What takes much code is loaded with what computes: till then it is written, typed and derived.
assertEquals(String(e.erf(2)), "erf(2)");
assertThrows(
  () => evaluate(e.erf(2), []),
  TypeError,
  'Cannot evaluate erf: its code is not loaded, import "',
);
await import("../../../core/backend.ts");
assertEquals(evaluate(e.erf(2), []), 0.9953222650189527);
