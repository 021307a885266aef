import * as kernels from "../../backends/conformance/kernels.ts";
import * as tg from "@tapegrad/core";
import {
  type Backend,
  e,
  ops,
  type Primitive,
  type Tensor,
  tensor,
  variable,
  type View,
} from "@tapegrad/core";
import { cpuElements } from "@tapegrad/backends/cpu";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { backend as inUse, floats } from "../backend_traits.ts";
import { createToyBackend } from "./toy_backend.ts";

const toy = createToyBackend();
tg.registerBackend({ name: "toy", create: () => toy });
const cpu = await tg.openBackend("cpu");
const backends: readonly Backend[] = [cpu, toy];

// An elementwise op: its expression is all there is to write.
const cubic = tg.defineElementwise("test.cubic", (x) => e.mul(x, e.mul(x, x)));
const damped = tg.defineElementwise(
  "test.damped",
  (x, rate) => e.mul(e.sin(x), e.exp(e.neg(e.mul(rate, x)))),
  {
    defaults: [0.5],
  },
);

// A composite: a decomposition, for which a backend may have a kernel.
const lengthOp = tg.defineComposite<{ readonly scale: number }>({
  name: "test.length",
  infer: ([x]) => x,
  decompose: ([x, y], { scale }) => [tg.sqrt(tg.add(x.square(), y.square())).mul(scale)],
}, { arity: 2 });

function length(x: Tensor, y: Tensor): Tensor {
  return tg.apply(lengthOp, [x, y], { scale: 1 });
}

// A primitive: its rules, and a kernel on each backend that is to have it.
const power: Primitive<{ readonly exponent: number }> = {
  name: "test.power",
  infer: ([x]) => x,
  vjp: ([ct], { inputs: [x], attributes: { exponent } }) => [
    ct && ct.mul(applyPower(x as Tensor, exponent - 1)).mul(exponent),
  ],
  saves: () => ({ inputs: [0], outputs: [] }),
  batch: ([x], axes, attributes) => ({ outputs: [tg.apply(power, [x], attributes)], axes }),
};
tg.definePrimitive(power, { arity: 1, dtypes: ["f32", "f64"] });

function applyPower(x: Tensor, exponent: number): Tensor {
  return exponent === 0 ? x.onesLike() : tg.apply(power, [x], { exponent });
}

// Rounding: it has no gradient, and says so when asked for one.
const grid: Primitive<null> = {
  name: "test.grid",
  infer: ([x]) => x,
  compose: (backend, [x], [output]) =>
    kernels.map(backend, e.div(e.round(e.mul(e.input(0), 4)), 4), [x], output),
  batch: ([x], axes) => ({ outputs: [tg.apply(grid, [x], null)], axes }),
};
tg.definePrimitive(grid, { arity: 1 });

let calls = 0;

function elementsOn(backend: Backend): (view: View) => { [i: number]: number } {
  return backend === cpu ? cpuElements : (view) => view.buffer as unknown as number[];
}

for (const backend of backends) {
  const elements = elementsOn(backend);
  tg.registerKernel(backend.name, "test.length", ([x, y], [output], attributes) => {
    calls++;
    const [a, b, out] = [x, y, output].map(elements), { scale } = attributes as { scale: number };
    // Inputs may be strided: this kernel takes vectors.
    for (let i = 0; i < output.shape[0]; i++) {
      const [p, q] = [x, y].map((v) => v.offset + i * v.strides[0]);
      out[output.offset + i] = scale * Math.hypot(a[p], b[q]);
    }
  });
  tg.registerKernel(backend.name, "test.power", ([x], [output], attributes) => {
    calls++;
    const [a, out] = [x, output].map(elements), { exponent } = attributes as { exponent: number };
    for (let i = 0; i < output.shape[0]; i++) {
      out[output.offset + i] = a[x.offset + i * x.strides[0]] ** exponent;
    }
  });
}

const at = [0.5, -1.25, 2];

/** Values, and derivatives of first and second order, of a function of each element. */
async function derivatives(fn: (x: Tensor) => Tensor, backend: Backend): Promise<number[][]> {
  const x = variable(at, { backend }), y = fn(x);
  y.sum().backward({ createGraph: true });
  const first = x.grad!;
  x.setGrad(null);
  first.sum().backward();
  return (await tg.read([y, first, x.grad!])).map((a) => [...a]);
}

function assertNear(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  actual.forEach((row, i) => row.forEach((v, j) => assert(Math.abs(v - expected[i][j]) < 1e-5, `${actual}`)));
}

for (const backend of new Set([...backends, inUse])) {
  Deno.test(`on ${backend.name}, an elementwise op from outside has derivatives of first and second order`, async () => {
    const wanted = [(x: number) => x ** 3, (x: number) => 3 * x * x, (x: number) => 6 * x].map((f) =>
      at.map(f)
    );
    assertNear(await derivatives(cubic, backend), wanted);
    const rate = 0.5, decay = (x: number) => Math.exp(-rate * x);
    assertNear(await derivatives((x) => damped(x), backend), [
      at.map((x) => Math.sin(x) * decay(x)),
      at.map((x) => (Math.cos(x) - rate * Math.sin(x)) * decay(x)),
      at.map((x) => ((rate * rate - 1) * Math.sin(x) - 2 * rate * Math.cos(x)) * decay(x)),
    ]);
  });
}

for (const backend of backends) {
  Deno.test(`on ${backend.name}, a kernel for a composite is used and agrees with the decomposition`, async () => {
    const x = tensor([[3, 0], [0.1, 0], [-5, 0]], { backend }).slice(null, 0),
      y = tensor([4, 0.2, 12], { backend });
    const before = calls;
    const fast = await length(x, y).data();
    assertEquals(calls, before + 1);
    const recorded = leaf(x), one = length(recorded, y);
    assertEquals([calls, await one.data()], [before + 2, fast]);
    const slow = await tg.withLayer({ handle: (call, next) => next(call) }, () => length(x, y)).data();
    assertEquals(calls, before + 2, "a layer that does not keep it sees what it is made of");
    fast.forEach((v, i) => assert(Math.abs(v - slow[i]) < 1e-6));
    one.sum().backward();
    assertEquals(calls, before + 2, "backward runs the decomposition again");
    const slopes = await recorded.grad!.data();
    [[3, 4], [0.1, 0.2], [-5, 12]].forEach(([a, b], i) =>
      assert(Math.abs(slopes[i] - a / Math.hypot(a, b)) < 1e-6)
    );
  });

  Deno.test(`on ${backend.name}, a composite from outside has derivatives of first and second order`, async () => {
    const wanted = [
      at.map((x) => Math.hypot(x, 2)),
      at.map((x) => x / Math.hypot(x, 2)),
      at.map((x) => 4 / Math.hypot(x, 2) ** 3),
    ];
    assertNear(await derivatives((x) => length(x, x.detach().mul(0).add(2)), backend), wanted);
  });

  Deno.test(`on ${backend.name}, a primitive from outside runs its kernel, backward and twice backward`, async () => {
    const before = calls;
    const wanted = [at.map((x) => x ** 4), at.map((x) => 4 * x ** 3), at.map((x) => 12 * x ** 2)];
    assertNear(await derivatives((x) => applyPower(x, 4), backend), wanted);
    assertEquals(calls, before + 3);
  });
}

function leaf(x: Tensor): Tensor {
  const out = x.detach();
  out.requiresGrad = true;
  return out;
}

Deno.test("ops() lists what was defined outside, with kind, arity, dtypes and whether it is differentiable", () => {
  const listed = ops().filter((op) => op.name.startsWith("test."));
  assertEquals(listed.map(({ name, kind, arity, differentiable }) => [name, kind, arity, differentiable]), [
    ["test.cubic", "elementwise", 1, true],
    ["test.damped", "elementwise", 2, true],
    ["test.length", "composite", 2, true],
    ["test.power", "primitive", 1, true],
    ["test.grid", "primitive", 1, false],
  ]);
  assertEquals(listed[3].dtypes, ["f32", "f64"]);
  assertEquals(listed[0].dtypes, tg.dtypes);
});

Deno.test("ops() lists the primitives, and no name twice", () => {
  const names = ops().map((op) => op.name);
  assertEquals(new Set(names).size, names.length);
  const primitives = ops().filter((op) => op.kind === "primitive").map((op) => op.name);
  for (const name of ["map", "reduce", "reshape", "slice", "pad", "fold", "cumulate"]) {
    assert(primitives.includes(name), `${name} is not listed`);
  }
});

Deno.test("a name is taken once", () => {
  assertThrows(
    () => tg.defineElementwise("tanh", (x) => x),
    TypeError,
    'Cannot define op "tanh": the name is taken',
  );
  assertThrows(() => tg.defineOp("test.length", (x: Tensor) => x), TypeError, "the name is taken");
  assertThrows(
    () => tg.definePrimitive({ ...power, name: "map" }, { arity: 1 }),
    TypeError,
    "the name is taken",
  );
});

Deno.test("an elementwise op from outside promotes, broadcasts, and checks its operands", async () => {
  assertEquals(await cubic(tensor([2, 3], { dtype: "i32" })).array(), [8, 27]);
  assertEquals(cubic(2).dtype, "f32");
  assertEquals(damped(tensor([[1], [2]]), tensor([1, 2, 3], { dtype: floats[0] })).dtype, floats[0]);
  assertEquals(damped(tensor([[1], [2]]), tensor([1, 2, 3])).shape, [2, 3]);
  assertThrows(() => damped(undefined), TypeError, "Cannot test.damped with nothing as operand 1");
  assertThrows(
    () => damped(tensor([1, 2]), tensor([1, 2, 3])),
    tg.ShapeError,
    "Cannot test.damped [2] and [3]",
  );
});

Deno.test("a primitive without a gradient rule says so when asked for one", async () => {
  const x = variable([0.3, 0.8]), y = tg.apply(grid, [x], null);
  assertEquals(await y.array(), [0.25, 0.75]);
  assertThrows(() => y.sum().backward(), tg.TapeError, "Cannot differentiate test.grid: it has no vjp rule");
});

Deno.test("a primitive on a backend without its kernel names the call that gives it one", () => {
  const bare: Backend = createToyBackend();
  const x = tensor([1, 2], { backend: bare });
  assertThrows(
    () => applyPower(x, 2),
    tg.BackendError,
    'Cannot test.power on toy: it has no kernel for it; registerKernel("toy", "test.power", …)',
  );
});

Deno.test("a rule that reads a value which saves() did not ask for is an error", () => {
  const forgetful: Primitive<null> = {
    name: "test.forgetful",
    infer: ([x]) => x,
    compose: (backend, [x], [output]) => kernels.map(backend, e.exp(e.input(0)), [x], output),
    vjp: ([ct], { outputs: [y] }) => [ct && ct.mul(y as Tensor)],
    saves: () => ({ inputs: [], outputs: [] }),
    batch: ([x], axes) => ({ outputs: [tg.apply(forgetful, [x], null)], axes }),
  };
  const y = tg.apply(forgetful, [variable([1])], null);
  assertThrows(() => y.backward(), tg.TapeError, "saves() did not ask for");
});

Deno.test("operands that the expression leaves out get a gradient of zeros, and shift nothing", async () => {
  const first = tg.defineElementwise("test.first", (a, _b) => e.exp(a));
  const second = tg.defineElementwise("test.second", (_a, b) => e.mul(b, b));
  for (const dtype of floats) {
    const a = variable([1, 2]), b = variable([3, 4], { dtype });
    first(a, b).add(second(a, b)).sum().backward();
    assertEquals(await a.grad!.array(), await a.exp().array());
    assertEquals(await b.grad!.array(), [6, 8]);
    const [, tangent] = tg.jvp((x: Tensor, y: Tensor) => first(x, y), [a, b], [a.zerosLike(), b.onesLike()]);
    assertEquals(await tangent.array(), [0, 0]);
  }
});
