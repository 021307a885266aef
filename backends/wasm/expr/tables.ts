/** Which functions are instructions, by the dtype that their operands meet in. */
import type { DType } from "@tapegrad/core/backend";
import { doubles, doubleTests, floats, floatTests } from "./floats.ts";
import { integers, integerTests } from "./integers.ts";
import type { Template } from "./lanes.ts";

/** How a function is computed: in which dtype, by which instructions, and whether they give masks. */
export interface Instructions {
  readonly dtype: DType;
  readonly template: Template;
  readonly isTest: boolean;
}

interface Tables {
  readonly tests: Readonly<Record<string, Template>>;
  readonly values: Readonly<Record<string, Template>>;
}

const tables: Readonly<Record<"f32" | "f64" | "i32" | "u32", Tables>> = {
  f32: { tests: floatTests, values: floats },
  f64: { tests: { ...floatTests, ...doubleTests }, values: { ...floats, ...doubles } },
  i32: { tests: integerTests.i32, values: integers.i32 },
  u32: { tests: integerTests.u32, values: integers.u32 },
};

/** The instructions of a function on operands of a dtype; `undefined` where there are none. */
export function instructionsOf(name: string, met: DType): Instructions | undefined {
  const dtype = met === "bool" ? "i32" : met === "f16" ? "f32" : met;
  const { tests, values } = tables[dtype];
  const isTest = Object.hasOwn(tests, name), template = (isTest ? tests : values)[name];
  return isTest || Object.hasOwn(values, name) ? { dtype, template, isTest } : undefined;
}
