import { e, evaluate, gradientExprs, typeOf } from "@tapegrad/core/expr";
import { assertEquals } from "@std/assert";

const [slope] = gradientExprs([e.mul(e.input(0), e.erf(e.input(0)))], 1);
assertEquals(String(slope).includes("erf(x0)"), true);
assertEquals(typeOf(e.sin(e.input(0)), ["i32"]), "f32");
assertEquals(evaluate(e.lgamma(e.add(e.input(0), 1)), [2]).toFixed(14), Math.LN2.toFixed(14));
