import {
  defaultDtype,
  isRecording,
  manualSeed,
  noGrad,
  randomState,
  setDefaultDtype,
  type Tensor,
  variable,
  withBackend,
} from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { context, within } from "../../../core/device/context.ts";
import { Changing } from "../../../core/device/journal.ts";

Deno.test("what is replaced is as before when the function returns or throws, and nothing else changes", () => {
  const before = { ...context };
  within({ recording: false, dtype: "f16" }, () => {
    assertEquals([isRecording(), defaultDtype()], [false, "f16"]);
    within({ recording: true }, () => assertEquals([isRecording(), defaultDtype()], [true, "f16"]));
    assertEquals(isRecording(), false);
    assertThrows(() =>
      within({ recording: true }, () => {
        throw new RangeError("no");
      }), RangeError);
    assertEquals(isRecording(), false);
  });
  for (const key of Object.keys(before) as (keyof typeof before)[]) {
    assertStrictEquals(context[key], before[key]);
  }
});

Deno.test("a setting that lasts outlives what was switched around it", () => {
  noGrad(() => setDefaultDtype("f16"));
  assertEquals(defaultDtype(), "f16");
  setDefaultDtype("f32");
  noGrad(() => manualSeed(7));
  const seven = randomState();
  manualSeed(8);
  within({ keys: new Changing(seven) }, () => assertEquals(randomState(), seven));
  manualSeed(7);
  assertEquals(randomState(), seven);
});

Deno.test("recording and backends nest in any order, also across a gradient", () => {
  const aside = createCpuBackend({ name: "aside" });
  const on = (): Tensor => withBackend(aside, () => noGrad(() => variable([1]).mul(2)));
  assert(!on().requiresGrad && isRecording());
  assertEquals(on().backend.name, "aside");
  const x = variable([3]);
  noGrad(() => withBackend(aside, () => assertThrows(() => variable([1]).mul(x))));
  x.square().sum().backward();
  assertEquals(context.underway, null);
});
