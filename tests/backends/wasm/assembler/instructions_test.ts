import { assert, assertEquals, assertThrows } from "@std/assert";
import wabt from "wabt";
import { Body, type Callable } from "../../../../backends/wasm/assembler/body.ts";
import {
  extractions,
  instructions,
  laneLoads,
  laneStores,
  loads,
  replacements,
  stores,
} from "../../../../backends/wasm/assembler/instructions.ts";
import { Module } from "../../../../backends/wasm/assembler/module.ts";
import type { ValueType } from "../../../../backends/wasm/assembler/types.ts";
import * as values from "../../../../backends/wasm/assembler/values.ts";
import type { Value } from "../../../../backends/wasm/assembler/values.ts";

// As the other assembler spells them.
const features = {
  "simd": true,
  "relaxed_simd": true,
  "sat_float_to_int": true,
  "sign_extension": true,
  "bulk_memory": true,
};

/** The text of a module, as another assembler reads it. */
async function disassembled(module: Module): Promise<string> {
  const { readWasm } = await wabt();
  return readWasm(module.bytes(), features).toText({ foldExprs: false, inlineExport: false });
}

function withMemory(): Module {
  const module = new Module();
  module.importMemory({ module: "host", name: "memory" });
  return module;
}

/** A module with one function a name, each of which is one instruction on its parameters. */
function oneEach(
  table: Readonly<Record<string, { takes: readonly ValueType[]; gives: ValueType }>>,
  write: (name: never, operands: readonly Value[]) => Value,
): Module {
  const module = withMemory();
  for (const [name, { takes, gives }] of Object.entries(table)) {
    module.define(
      takes,
      gives,
      ((_body: Body, parameters: readonly Value[]) => write(name as never, parameters)) as never,
    );
  }
  return module;
}

const tables: Readonly<Record<string, () => [Module, readonly string[]]>> = {
  "instructions":
    () => [oneEach(instructions, (name, x) => values.op(name, ...x as never)), Object.keys(instructions)],
  "extractions": () => [
    oneEach(extractions, (name, [x]) => values.extract(name, x as never, 1)),
    Object.keys(extractions),
  ],
  "replacements": () => [
    oneEach(replacements, (name, [x, y]) => values.replace(name, ...([x, y, 1] as never))),
    Object.keys(replacements),
  ],
  "loads": () => [oneEach(loads, (name, [at]) => values.load(name, at as never, 8)), Object.keys(loads)],
  "loads of lanes": () => [
    oneEach(laneLoads, (name, [at, x]) => values.loadLane(name, at as never, x as never, 1, 8)),
    Object.keys(laneLoads),
  ],
  "stores":
    () => [oneStore(stores, (body, name, at, x) => body.store(name, at, x as never, 8)), Object.keys(stores)],
  "stores of lanes": () => [
    oneStore(laneStores, (body, name, at, x) => body.storeLane(name, at, x as never, 1, 8)),
    Object.keys(laneStores),
  ],
};

function oneStore(
  table: Readonly<Record<string, { takes: readonly ValueType[] }>>,
  write: (body: Body, name: never, at: Value<"i32">, x: Value) => void,
): Module {
  const module = withMemory();
  for (const [name, { takes }] of Object.entries(table)) {
    module.define(
      ["i32", ...takes],
      null,
      ((body: Body, [at, x]: [Value<"i32">, Value]) => write(body, name as never, at, x)) as never,
    );
  }
  return module;
}

for (const [what, make] of Object.entries(tables)) {
  Deno.test(`${what} are what another assembler calls them`, async () => {
    const [module, names] = make();
    const text = await disassembled(module),
      written = text.split("\n").map((line) => line.trim().split(/[ )]/)[0]);
    const found = written.filter((word) =>
      /^[a-z]+\d*(x\d+)?\.[a-z]/.test(word) && !word.startsWith("local.")
    );
    assertEquals(found, [...names]);
  });
}

Deno.test("all plain instructions validate here, the relaxed ones where there are any", () => {
  const plain = Object.fromEntries(
    Object.entries(instructions).filter(([name]) => !name.includes("relaxed")),
  );
  assert(WebAssembly.validate(oneEach(plain, (name, x) => values.op(name, ...x as never)).bytes()));
});

Deno.test("constants keep their bits", async () => {
  const module = new Module();
  module.define([], "i32", () => values.i32(0xffffffff));
  module.define([], "i32", () => values.i32(-64));
  module.define([], "i64", () => values.i64(-(2n ** 63n)));
  module.define([], "f32", () => values.f32(-0));
  module.define([], "f64", () => values.f64(Number.MIN_VALUE));
  module.define([], "v128", () => values.v128(Int32Array.of(1, -2, 3, -4)));
  const text = await disassembled(module);
  assertEquals(text.match(/\w+\.const .*?(?=\)|\n)/g), [
    "i32.const -1",
    "i32.const -64",
    "i64.const -9223372036854775808",
    "f32.const -0x0p+0 (;=-0;",
    "f64.const 0x1.p-1074 (;=4.94066e-324;",
    "v128.const i32x4 0x00000001 0xfffffffe 0x00000003 0xfffffffc",
  ]);
});

Deno.test("operands of other types are refused where they are written", () => {
  const text = "Cannot write f32.add of [i32, f32]: it takes [f32, f32]";
  assertThrows(() => values.op("f32.add", values.i32(1) as never, values.f32(1)), TypeError, text);
  assertThrows(() => values.op("f32.add", ...([] as unknown as [never, never])), TypeError, "of []");
  assertThrows(
    () => new Body(0).set(new Body(0).local("i32"), values.f32(1) as never),
    TypeError,
    "local.set",
  );
  const callable: Callable<["i32"], null> = { index: 0, takes: ["i32"], gives: null };
  assertThrows(() => new Body(0).call(callable, values.f32(0) as never), TypeError, "call of [f32]");
  assertThrows(() => values.v128(new Uint8Array(8)), TypeError, "of 8 bytes");
  assertThrows(
    () => values.shuffle(values.v128(new Uint8Array(16)), values.v128(new Uint8Array(16)), [32]),
    RangeError,
  );
});
