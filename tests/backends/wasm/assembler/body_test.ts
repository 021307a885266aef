import { assertEquals, assertThrows } from "@std/assert";
import { call, type Given } from "../../../../backends/wasm/assembler/body.ts";
import { Bytes } from "../../../../backends/wasm/assembler/bytes.ts";
import { Module } from "../../../../backends/wasm/assembler/module.ts";
import {
  isNone,
  newNode,
  nextOf,
  setNext,
  setRoot,
  setVector,
  vectorOf,
} from "../../../../backends/wasm/assembler/nodes.ts";
import { hasNodes } from "../../../../backends/wasm/features.ts";
import {
  extract,
  f32,
  i32,
  load,
  loadLane,
  op,
  plus,
  replace,
  select,
  shuffle,
  times,
  v128,
} from "../../../../backends/wasm/assembler/values.ts";

type Numeric = (...operands: number[]) => number;

/** The exported functions of a module over a memory of one page. */
function run(module: Module, memory = new WebAssembly.Memory({ initial: 1 })): Record<string, Numeric> {
  const imports = { host: { memory, twice: (x: number) => 2 * x } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), imports);
  return exports as Record<string, Numeric>;
}

Deno.test("loops, conditions and blocks go where they say", () => {
  const module = new Module();
  module.export(
    "sum",
    module.define(["i32"], "i32", (body, [n]) => {
      const i = body.local("i32"), sum = body.local("i32");
      body.upTo(i, n, 1, () => body.advance(sum, i));
      return sum;
    }),
  );
  module.export(
    "firstAbove",
    module.define(["i32"], "i32", (body, [least]) => {
      const power = body.keep(i32(1));
      body.block((end) => {
        body.loop((start) => {
          body.branchIf(end, op("i32.gt_s", power, least));
          body.set(power, times(power, 2));
          body.branch(start);
        });
      });
      return power;
    }),
  );
  module.export(
    "sign",
    module.define(["i32"], "i32", (body, [x]) => {
      const sign = body.local("i32");
      body.if(
        op("i32.lt_s", x, i32(0)),
        () => body.set(sign, i32(-1)),
        () => body.set(sign, select(op("i32.eqz", x), i32(0), i32(1))),
      );
      return sign;
    }),
  );
  module.export(
    "early",
    module.define(["i32"], "i32", (body, [x]) => {
      body.if(x, () => body.return(i32(7)));
      return i32(8);
    }),
  );
  const { sum, firstAbove, sign, early } = run(module);
  assertEquals([sum(0), sum(1), sum(101)], [0, 0, 5050]);
  assertEquals([firstAbove(0), firstAbove(100)], [1, 128]);
  assertEquals([sign(-9), sign(0), sign(9)], [-1, 0, 1]);
  assertEquals([early(1), early(0)], [7, 8]);
});

Deno.test("memory is loaded, stored, copied and filled, with offsets and by lanes", () => {
  const module = new Module(), memory = new WebAssembly.Memory({ initial: 1 });
  module.importMemory({ module: "host", name: "memory" });
  module.export(
    "work",
    module.define(["i32"], null, (body, [at]) => {
      const x = body.keep(load("v128.load", at, 16));
      const y = loadLane("v128.load32_lane", at, replace("f32x4.replace_lane", x, f32(9), 0), 3, 4);
      body.store(
        "v128.store",
        at,
        shuffle(x, y, [16, 17, 18, 19, 28, 29, 30, 31, 8, 9, 10, 11, 4, 5, 6, 7]),
        32,
      );
      body.storeLane("v128.store32_lane", at, x, 2, 48);
      body.store("f32.store", plus(at, 4), extract("f32x4.extract_lane", x, 3), 48);
      body.copy(plus(at, 64), at, 16);
      body.fill(plus(at, 80), 0xff, 4);
    }),
  );
  const elements = new Float32Array(memory.buffer);
  elements.set([1, 2, 3, 4, 5, 6, 7, 8], 4);
  run(module, memory).work(16);
  assertEquals([...elements.subarray(12, 18)], [9, 2, 7, 6, 7, 8]);
  assertEquals([...elements.subarray(20, 24)], [1, 2, 3, 4]);
  assertEquals(new Int32Array(memory.buffer)[24], -1);
});

Deno.test("functions call functions, imported and defined before them", () => {
  const module = new Module();
  const twice = module.importFunction({ module: "host", name: "twice" }, ["f32"], "f32");
  const next = module.define(["f32"], "f32", (_, [x]) => op("f32.add", x, f32(1)));
  module.export(
    "both",
    module.define(["f32"], "f32", (body, [x]) => {
      body.call(next, x);
      return call(next, call(twice, x));
    }),
  );
  assertEquals(run(module).both(20), 41);
  const late = { module: "host", name: "twice" };
  assertThrows(() => module.importFunction(late, [], null), Error, "imports stand before functions");
});

Deno.test("a function gives what it says", () => {
  const module = new Module();
  assertThrows(() => module.define([], "f32", (() => i32(1)) as never), TypeError, "end of [i32]");
  assertThrows(() => module.define([], null as Given, (() => i32(1)) as never), TypeError, "end of [i32]");
});

Deno.test("counts are folded where they are known", () => {
  const bytesOf = (x: { write(to: Bytes): void }): number[] => {
    const bytes = new Bytes();
    x.write(bytes);
    return [...bytes.written];
  };
  assertEquals(bytesOf(plus(3, 4)), bytesOf(i32(7)));
  assertEquals(bytesOf(times(3, -4)), bytesOf(i32(-12)));
  const x = i32(5);
  assertEquals(bytesOf(plus(x, 0)), bytesOf(x));
  assertEquals(bytesOf(times(x, 8)), bytesOf(op("i32.shl", x, i32(3))));
});

Deno.test("integers are written in as many bytes as they need", () => {
  const bytes = new Bytes();
  bytes.unsigned(0x7f);
  bytes.unsigned(0x80);
  bytes.unsigned(0xffffffff);
  bytes.signed(-0x40);
  bytes.signed(0x40);
  bytes.signed(-(2n ** 63n));
  assertEquals([...bytes.written], [
    ...[0x7f],
    ...[0x80, 0x01],
    ...[0xff, 0xff, 0xff, 0xff, 0x0f],
    ...[0x40],
    ...[0xc0, 0x00],
    ...[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
  ]);
});

Deno.test("a module may have many functions, and a shared memory needs a maximum", () => {
  const module = new Module();
  for (let k = 0; k < 300; k++) {
    module.export(`f${k}`, module.define([], "v128", () => v128(new Uint8Array(16).fill(k & 255))));
  }
  assertEquals(Object.keys(run(module)).length, 300);
  assertThrows(
    () => new Module().importMemory({ module: "a", name: "b" }, { shared: true }),
    TypeError,
    "maximum",
  );
  const shared = new Module();
  shared.importMemory({ module: "host", name: "memory" }, { maximum: 2, shared: true });
  run(shared, new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }));
});

Deno.test("objects hold vectors and know the next one", { ignore: !hasNodes() }, () => {
  const module = new Module(), kind = module.node(2), root = module.root(kind);
  const push = module.define(["f32"], null, (body, [x]) => {
    const node = body.keep(newNode(kind));
    setVector(body, kind, node, 1, op("f32x4.splat", x));
    setNext(body, kind, node, root);
    setRoot(body, root, node);
  });
  const sum = module.define([], "f32", (body) => {
    const node = body.keep(root), sum = body.keep(v128(new Float32Array(4)));
    body.while(op("i32.eqz", isNone(node)), () => {
      for (const k of [0, 1]) body.set(sum, op("f32x4.add", sum, vectorOf(kind, node, k)));
      body.set(node, nextOf(kind, node));
    });
    return extract("f32x4.extract_lane", sum, 3);
  });
  module.export("push", push);
  module.export("sum", sum);
  const exported = run(module);
  assertEquals(exported.sum(), 0);
  for (const x of [1, 2, 4]) exported.push(x);
  assertEquals(exported.sum(), 7);
  const other = module.node(1), refused = "Cannot write struct.get of [ref";
  assertThrows(() => module.define([], "v128", () => vectorOf(kind, newNode(other), 0)), TypeError, refused);
});
