import {
  type Backend,
  type Builder,
  e,
  implementationOf,
  input,
  type ScalarFunction,
  scalarFunctions,
} from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { ulpBudget, unitSize } from "../../../../backends/webgpu/wgsl/budget.ts";
import { spacing } from "../../../proof/special/compare.ts";
import { webGpuTest } from "../open.ts";
import { type Column, floats, mapped, queued } from "./mapped.ts";
import { chances, pairs, samples } from "./samples.ts";

const COUNT = 1 << 14, LEAST = 2 ** -126, MOST = 3.4028234663852886e38;
const builders = e as unknown as Readonly<Record<string, Builder | undefined>>;
const ofBits = /^(bit|shift)/;
const functions = scalarFunctions().filter((fn) => builders[fn.name] && !ofBits.test(fn.name));

function isSubnormal(x: number): boolean {
  return x !== 0 && Math.abs(x) < LEAST;
}

function operandsOf(fn: ScalarFunction): readonly Column[] {
  if (fn.arity === 1) return [floats(samples(COUNT, 1))];
  const [a, b] = pairs(COUNT, 2), next = chances(3);
  if (fn.name === "polygamma") return [floats(a.map((_, i) => i % 5)), floats(samples(COUNT, 1))];
  if (fn.arity === 2) return [floats(a), floats(b)];
  if (fn.name === "lerp") return [floats(a), floats(b), floats(a.map(() => 3 * next() - 1))];
  return [floats(a), floats(b), floats(samples(COUNT, 4).reverse())];
}

/** Why an answer is wrong, or nothing. */
function fault(
  fn: ScalarFunction,
  operands: readonly number[],
  found: number,
  keeps: boolean,
): string | undefined {
  const wanted = implementationOf(fn, "f32")(...operands), rounded = Math.fround(wanted);
  if (Object.is(found, rounded)) return undefined;
  // A device may take subnormal numbers for 0, also on its way.
  const missing = keeps ? 0 : LEAST, error = Math.abs(found - wanted);
  if (!keeps && operands.some(isSubnormal)) return undefined;
  // The sign of a NaN is not specified.
  if (fn.name === "copysign" && Number.isNaN(operands[1]) && Math.abs(found) === Math.abs(rounded)) {
    return undefined;
  }
  if (wanted !== 0 && error <= missing) return undefined;
  const size = Math.min(unitSize[fn.name]?.(...operands) || 0, MOST), budget = ulpBudget[fn.name];
  // Sums of parts that are too large for f32 are not held to anything.
  if (size === MOST && Number.isFinite(wanted)) return undefined;
  const units = error / spacing(Math.max(Math.min(Math.abs(wanted), MOST), size), "f32");
  const isNear = units <= budget && (found !== 0 || wanted !== 0 || size > 0);
  return isNear
    ? undefined
    : `${fn.name}(${operands.map(show)}) is ${show(found)}, not ${show(wanted)}: ${units} units`;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

async function keepsSubnormals(device: Backend): Promise<boolean> {
  const [half] = await mapped(device, e.mul(input(0), 0.5), [floats([LEAST])], "f32");
  return half !== 0;
}

await webGpuTest("every scalar function of f32 is within its budget of its value in f64", async (device) => {
  const tried = functions.map((fn) => ({ fn, operands: operandsOf(fn) }));
  const views = tried.map(({ fn, operands }) => {
    const expr = builders[fn.name]!(...operands.map((_, i) => input(i)));
    return queued(device, expr, operands, fn.result === "bool" ? "bool" : "f32");
  });
  const results = await device.read(views), keeps = await keepsSubnormals(device);
  tried.forEach(({ fn, operands }, k) => {
    for (let i = 0; i < COUNT; i++) {
      const wrong = fault(fn, operands.map(({ data }) => data[i]), results[k][i], keeps);
      assert(wrong === undefined, wrong);
    }
  });
});

await webGpuTest("what a product's rounding leaves out is exact, by fma", async (device) => {
  const [a, b] = pairs(COUNT, 5).map((column) => column.map((x) => Math.fround(1 + Math.abs(x % 1))));
  const c = a.map((x, i) => -Math.fround(x * b[i]));
  const found = await mapped(
    device,
    e.fma(input(0), input(1), input(2)),
    [floats(a), floats(b), floats(c)],
    "f32",
  );
  assertEquals([...found], [...a].map((x, i) => x * b[i] + c[i]));
});

await webGpuTest("what is a whole number comes out whole", async (device) => {
  const whole = Array.from({ length: 20 }, (_, i) => i), { exp2, log2, log10, pow, hypot, cbrt } = builders;
  assert(exp2 && log2 && log10 && pow && hypot && !cbrt);
  const [x, y] = [input(0), input(1)];
  const powersOfTwo = floats(whole.map((n) => 2 ** n));
  assertEquals([...await mapped(device, exp2(x), [floats(whole)], "f32")], whole.map((n) => 2 ** n));
  assertEquals([...await mapped(device, log2(x), [powersOfTwo], "f32")], whole);
  const tens = whole.slice(0, 11);
  assertEquals([...await mapped(device, log10(x), [floats(tens.map((n) => 10 ** n))], "f32")], tens);
  for (const base of [2, 3, -5, 7, 10, 0.5]) {
    const powers = whole.filter((n) => Math.fround(base ** n) === base ** n);
    const bases = floats(powers.map(() => base));
    const found = await mapped(device, pow(x, y), [bases, floats(powers)], "f32");
    assertEquals([...found], powers.map((n) => base ** n), `powers of ${base}`);
  }
  assertEquals([...await mapped(device, hypot(x, y), [floats([3, 5, 8]), floats([4, 12, -15])], "f32")], [
    5,
    13,
    17,
  ]);
});

Deno.test("every scalar function has a budget", () => {
  const missing = functions.filter((fn) => !Object.hasOwn(ulpBudget, fn.name)).map((fn) => fn.name);
  assertEquals(missing, []);
  const names = new Set(scalarFunctions().map((fn) => fn.name));
  assertEquals([...Object.keys(ulpBudget), ...Object.keys(unitSize)].filter((name) => !names.has(name)), []);
});
