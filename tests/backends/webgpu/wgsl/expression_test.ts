import {
  BackendError,
  type Builder,
  defineScalar,
  type DType,
  DtypeError,
  e,
  input,
  scalarFunctions,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  emitWgsl,
  librarySource,
  loaded,
  registerType,
  storageType,
  stored,
  wgslNumber,
} from "../../../../backends/webgpu/wgsl/expression.ts";
import { libraryNames } from "../../../../backends/webgpu/wgsl/library.ts";

const [x, y] = [input(0), input(1)];
const builders = e as unknown as Readonly<Record<string, Builder | undefined>>;

Deno.test("a subterm is emitted once, and the result takes the type of the output", () => {
  const t = e.tanh(x), { statements, result, functions } = emitWgsl(e.mul(t, t), ["f32"], ["x0"], "f32");
  assertEquals(statements, ["let t1 = tanh_f32(x0);", "let t2 = t1 * t1;"]);
  assertEquals(result, "t2");
  assertEquals([...functions], ["tanh_f32"]);
  assertEquals(emitWgsl(e.add(x, y), ["i32", "i32"], ["x0", "x1"], "f32", "s").result, "f32(s2)");
  assertEquals(emitWgsl(x, ["bool"], ["x0"], "i32"), {
    statements: [],
    result: "select(0i, 1i, x0)",
    functions: new Set<string>(),
  });
});

Deno.test("a deep expression is emitted without recursion", () => {
  let deep = e.mul(x, y);
  for (let i = 0; i < 20_000; i++) deep = i % 2 ? e.add(deep, x) : e.mul(deep, y);
  assertEquals(emitWgsl(deep, ["f32", "f32"], ["x0", "x1"], "f32").statements.length, 20_001);
});

Deno.test("every scalar function is known on all dtypes that WGSL has", () => {
  const unknown: string[] = [];
  for (const fn of scalarFunctions().filter((fn) => builders[fn.name])) {
    const expr = builders[fn.name]!(...[x, y, input(2)].slice(0, fn.arity));
    for (const dtype of ["f32", "f16", "i32", "u32", "bool"] as const) {
      if (/^(bit|shift)/.test(fn.name) && (dtype === "f32" || dtype === "f16")) continue;
      try {
        librarySource(emitWgsl(expr, [dtype, dtype, dtype], ["a", "b", "c"], dtype).functions);
      } catch (error) {
        unknown.push(`${fn.name} ${dtype}: ${error}`);
      }
    }
  }
  assertEquals(unknown, []);
});

Deno.test("a function from outside is emitted by its definition, and refused without one", () => {
  const facts = { arity: 1, result: "float", evaluate: Math.cbrt, vjp: [null] } as const;
  const known = defineScalar({ ...facts, name: "quarterOfTheWgslTest", expand: (v) => e.div(v, 4) });
  assertEquals(emitWgsl(known(x), ["f32"], ["x0"], "f32").statements, ["let t2 = x0 / 4f;"]);
  const opaque = defineScalar({ ...facts, name: "cbrtOfTheWgslTest" });
  assertThrows(
    () => emitWgsl(opaque(x), ["f32"], ["x0"], "f32"),
    BackendError,
    'Cannot compute "cbrtOfTheWgslTest" of f32 on webgpu: it has no such function',
  );
});

Deno.test("f64 has no type in WGSL", () => {
  const message = "Cannot compute f64 on webgpu: WGSL has no f64";
  assertThrows(() => registerType("f64"), DtypeError, message);
  assertThrows(() => storageType("f64"), DtypeError, message);
  assertThrows(() => emitWgsl(e.cast(x, "f64"), ["f32"], ["x0"], "f32"), DtypeError, message);
});

Deno.test("halves are computed in f32, and truth values lie in words", () => {
  const dtypes: readonly DType[] = ["f32", "f16", "i32", "u32", "bool"];
  assertEquals(dtypes.map(registerType), ["f32", "f32", "i32", "u32", "bool"]);
  assertEquals(dtypes.map(storageType), ["f32", "f16", "i32", "u32", "u32"]);
  assertEquals(dtypes.map((dtype) => loaded("a[i]", dtype)), [
    "a[i]",
    "f32(a[i])",
    "a[i]",
    "a[i]",
    "(a[i] != 0u)",
  ]);
  assertEquals(dtypes.map((dtype) => stored("v", dtype)), ["v", "f16(v)", "v", "v", "select(0u, 1u, v)"]);
});

Deno.test("numbers are literals of their type, or bits where WGSL has no literal", () => {
  assertEquals([0, -1.5, 1e30, 0.1].map((v) => wgslNumber(v, "f32")), [
    "0f",
    "(-1.5f)",
    "1.0000000150474662e+30f",
    "0.10000000149011612f",
  ]);
  assertEquals([-0, NaN, -Infinity, 1e-40].map((v) => wgslNumber(v, "f32")), [
    "fromBits(0x80000000u)",
    "fromBits(0x7fc00000u)",
    "fromBits(0xff800000u)",
    "fromBits(0x116c2u)",
  ]);
  assertEquals([3, -3, -(2 ** 31), 2 ** 31].map((v) => wgslNumber(v, "i32")), [
    "3i",
    "(-3i)",
    "bitcast<i32>(0x80000000u)",
    "bitcast<i32>(0x80000000u)",
  ]);
  assertEquals([wgslNumber(-1, "u32"), wgslNumber(NaN, "bool"), wgslNumber(0, "bool")], [
    "4294967295u",
    "true",
    "false",
  ]);
});

Deno.test("a source has what its functions call, each once and before them", () => {
  const source = librarySource(libraryNames());
  const declared = [...source.matchAll(/^(?:fn|struct) (\w+)/gm)].map(([, name]) => name);
  assertEquals(declared.length, new Set(declared).size);
  assertEquals(new Set(declared), new Set(["fromBits", ...libraryNames()]));
  const small = librarySource(["tanh_f32", "exp_f32"]);
  assert(small.indexOf("fn expScaled") < small.indexOf("fn exp_f32"));
  assert(small.indexOf("fn exp_f32") < small.indexOf("fn tanh_f32"));
  assert(!small.includes("fn sin_f32"));
  assertThrows(() => librarySource(["sine"]), Error, 'Cannot write a shader that calls "sine"');
});
