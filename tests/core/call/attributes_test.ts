import { type Call, e, type Expr, type Layer, ops, type Tensor, withLayer } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { attributesKey } from "../../../core/call/attributes_key.ts";
import { isPlain } from "../../../core/tensor/tree.ts";
import { backend } from "../../backend_traits.ts";
import { freeze } from "../../frozen.ts";
import { differentiable, table } from "../../table/table.ts";
import { rows, type Sample } from "../primitives/batch_rows.ts";

/** The same data in objects and arrays of its own, keys in the other order; `change` is told of each number. */
function copyOf(value: unknown, change = (x: number) => x): unknown {
  if (typeof value === "number") return change(value);
  if (Array.isArray(value)) return value.map((part) => copyOf(part, change));
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, copyOf(part, change)]);
  return Object.fromEntries(entries.toReversed());
}

const counting: readonly [string, unknown] = ["iota", { length: 3 }]; // it has no rule for batches to sample
const sampled = [counting, ...Object.entries(rows).flatMap(samplesOf)];

function samplesOf([op, samples]: readonly [string, readonly Sample[]]): (readonly [string, unknown])[] {
  return samples.map(({ attributes: a }) => [op, typeof a === "function" ? a(backend) : a]);
}

Deno.test("every primitive's attributes are the same text as a copy of them, and another if a number is another", () => {
  const primitives = ops().filter(({ kind, name }) => kind === "primitive" && !name.startsWith("test."));
  for (const { name } of primitives) assert(sampled.some(([op]) => op === name), name);
  for (const [op, attributes] of sampled) {
    let numbers = 0;
    const key = attributesKey(attributes), moved = copyOf(attributes, (x) => x + ++numbers);
    assertEquals(attributesKey(copyOf(attributes)), key, op);
    if (numbers > 0) assertNotEquals(attributesKey(moved), key, op);
  }
});

Deno.test("what differs a little is told apart", () => {
  const x = e.input(0), other = createCpuBackend({ name: backend.name });
  const parts: readonly unknown[] = [0, -0, NaN, "0", "NaN", null, "null", true, "true", 0n, [], {}, [0], [[
    0,
  ]], "[0]"];
  const exprs: readonly Expr[] = [
    x,
    e.tanh(x),
    e.mul(x, 0),
    e.mul(x, 1.5),
    e.cast(x, "f32"),
    e.sub(x, e.input(1)),
  ];
  const others: readonly unknown[] = [
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    [1, 2],
    ["1,2"],
    backend,
    other,
    e.sub(e.input(1), x),
  ];
  const keys = [...parts, ...exprs, ...others].map(attributesKey);
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(attributesKey({ b: 1, a: undefined }), attributesKey({ b: 1 }));
  assertEquals(
    attributesKey({ exprs: [e.mul(x, e.tanh(x))], name: "m" }),
    '{"exprs":[expr(x0; tanh 0; mul 0 1)],"name":"m"}',
  );
});

Deno.test("an expression is as long as it has nodes, however much they share", () => {
  let expr = e.tanh(e.input(0));
  for (let i = 0; i < 60; i++) expr = e.mul(expr, e.add(expr, 1));
  assert(attributesKey(expr).length < 3000);
});

/** Fails with a call whose attributes could be written to. */
function frozenThroughout(value: unknown): boolean {
  if (!(Array.isArray(value) || isPlain(value))) return true;
  return Object.isFrozen(value) && Object.values(value).every(frozenThroughout);
}

Deno.test("nothing writes to the attributes of a call: they are frozen here, in forward and backward of every op", () => {
  const seen = new Set<string>(), open: string[] = [];
  const layer: Layer = {
    handle(call: Call, next): readonly Tensor[] {
      const outputs = next(call);
      seen.add(call.op.name);
      if (!frozenThroughout(call.attributes)) open.push(call.op.name);
      return outputs;
    },
  };
  withLayer(layer, () => {
    for (const { inputs, call } of table) void call(...inputs());
    for (const { inputs, call } of differentiable) {
      const given = inputs();
      for (const x of given) if (x.dtype === "f64") x.requiresGrad = true;
      const [output] = [call(...given)].flat();
      if (output.requiresGrad) output.sum().backward();
    }
  });
  assertEquals(open, []);
  assert(seen.size > 12, [...seen].join());
  const attributes = { axes: [1] };
  freeze(attributes);
  assertThrows(() => attributes.axes[0] = 2, TypeError);
});
