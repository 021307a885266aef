/** Which functions are instructions, by the dtype that their operands meet in. */
import { type DType, isFloating } from "@tapegrad/core/backend";
import { floats, floatTests } from "./floats.ts";
import { integers, integerTests } from "./integers.ts";
import type { Template } from "./lanes.ts";

/** How a function is computed: in which dtype, by which instructions, and whether they give masks. */
export interface Instructions {
  readonly dtype: DType;
  readonly template: Template;
  readonly isTest: boolean;
}

/** The instructions of a function on operands of a dtype; `undefined` where there are none. */
export function instructionsOf(name: string, met: DType): Instructions | undefined {
  const dtype = met === "bool" ? "i32" : met === "f16" ? "f32" : met;
  const [tests, table] = isFloating(dtype)
    ? [floatTests, floats]
    : [integerTests[dtype as "i32"], integers[dtype as "i32"]];
  const isTest = Object.hasOwn(tests, name), template = (isTest ? tests : table)[name];
  return isTest || Object.hasOwn(table, name) ? { dtype, template, isTest } : undefined;
}
