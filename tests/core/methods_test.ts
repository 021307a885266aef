import { ops as catalog, Tensor, tensor, type TensorMethods, variable, withLayer } from "@tapegrad/core";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type MethodName, notMethods, type variadic, withChoices } from "../../core/method_names.ts";
import * as elementwise from "../../core/ops/elementwise.ts";
import * as ops from "../../core/ops/mod.ts";
import { OwnMethods } from "../../core/own_methods.ts";
import { PyTorchNames, strangers, synonyms } from "../../core/pytorch_names.ts";
import { backend } from "../backend_traits.ts";

type Ops = typeof ops;
type NotMethod = (typeof notMethods)[keyof typeof notMethods][number];
type Count<K extends MethodName> = Required<Parameters<TensorMethods[K]>>["length"];
/** Those with more arguments than are passed on. */
type Cut<K extends MethodName> = K extends keyof typeof elementwise | (typeof variadic)[number] ? never
  : Count<K> extends 0 | 1 | 2 | 3 ? never
  : K;

/** Held by the type checker: each of these types is `never`, or the line does not compile. */
type Nothing<T extends never> = T;
export type Held = [
  Nothing<Exclude<NotMethod, keyof Ops>>,
  Nothing<Exclude<MethodName, keyof Tensor>>,
  // What stands here belongs into `variadic`.
  Nothing<{ [K in MethodName]: Cut<K> }[MethodName]>,
  Nothing<Exclude<keyof OwnMethods | keyof PyTorchNames | keyof typeof synonyms, keyof Tensor>>,
  Nothing<Extract<keyof PyTorchNames | keyof typeof synonyms, keyof Ops>>,
];

const apart: readonly string[] = Object.values(notMethods).flat();
const names = Object.keys(ops).filter((name) => !apart.includes(name));

Deno.test("a function that takes a tensor first is a method, and no other", () => {
  const { makers, ofLists, ofGenerator, otherFirst } = notMethods;
  const arities = new Map(catalog().map(({ name, arity }) => [name, arity]));
  const of = (fits: (arity: number | undefined) => boolean) =>
    Object.keys(ops).filter((name) => fits(arities.get(name))).sort();
  const others: readonly string[] = otherFirst;
  const mend = "its name goes into notMethods of core/method_names.ts, or its arity is wrong";
  assertEquals(of((arity) => arity === 0), makers.toSorted(), mend);
  assertEquals(of((arity) => arity === undefined), ofGenerator.toSorted(), mend);
  assertEquals(
    of((arity) => arity === Infinity).filter((name) => !others.includes(name)),
    ofLists.toSorted(),
    mend,
  );
  assertEquals(apart.filter((name, i) => !(name in ops) || apart.indexOf(name) !== i), []);
});

Deno.test("what the files of elementwise ops export is elementwise", () => {
  const known = catalog().filter(({ kind, name }) => kind === "elementwise" && name in ops).map(({ name }) =>
    name
  );
  assertEquals(Object.keys(elementwise).sort(), known.sort());
});

Deno.test("the prototype holds every method, by its name, and shows none", () => {
  for (const name of names) {
    const method = Object.getOwnPropertyDescriptor(Tensor.prototype, name);
    assert(method && !method.enumerable, name);
    assertEquals(method.value.name, name);
  }
  const arities = new Map(catalog().map(({ name, arity }) => [name, arity]));
  for (const name of names.filter((name) => name in elementwise)) {
    const options = (withChoices as readonly string[]).includes(name) ? 1 : 0;
    assertEquals(Reflect.get(Tensor.prototype, name).length, arities.get(name)! - 1 + options, name);
  }
  for (const name of Reflect.ownKeys(OwnMethods.prototype)) {
    if (name === "constructor") continue;
    assertStrictEquals(Reflect.get(Tensor.prototype, name), Reflect.get(OwnMethods.prototype, name));
  }
});

Deno.test("a method passes its tensor and all of its arguments on", async () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]), at = tensor([[0, 2]], { dtype: "i32" });
  const pairs: readonly [Tensor, Tensor][] = [
    [x.tril(), ops.tril(x)],
    [x.tril(-1), ops.tril(x, -1)],
    [x.div(2, { roundingMode: "floor" }), ops.div(x, 2, { roundingMode: "floor" })],
    [x.round({ decimals: -1 }), ops.round(x, { decimals: -1 })],
    [x.addcmul(x, 2, 3), ops.addcmul(x, x, 2, 3)],
    [x.leakyRelu(0.5), ops.leakyRelu(x, 0.5)],
    [x.clamp(2, 5), ops.clamp(x, 2, 5)],
    [x.narrow(1, 1, 2), ops.narrow(x, 1, 1, 2)],
    [x.scatterAdd(1, at, 10), ops.scatterAdd(x, 1, at, 10)],
    [x.pad([[1, 0], [0, 1]], 7), ops.pad(x, [[1, 0], [0, 1]], 7)],
    [x.chunk(2, 1)[1], ops.chunk(x, 2, 1)[1]],
    [x.topk(2, { largest: false }).values, ops.topk(x, 2, { largest: false }).values],
    [x.sum(0, { keepDims: true }), ops.sum(x, 0, { keepDims: true })],
    [x.unfold(1, 2, 2), ops.unfold(x, 1, 2, { step: 2 })],
    [x.unfold(1, 2, { step: 2 }), ops.unfold(x, 1, 2, 2)],
    [x.slice(1, [null, null, -1]), ops.slice(x, 1, [null, null, -1])],
    [x.slice(), ops.slice(x)],
    [x.var(1), ops.variance(x, 1)],
    [x.variance(1, { correction: 0 }), ops.var(x, 1, { correction: 0 })],
    [x.where(x.greater(3), 0), ops.where(ops.greater(x, 3), x, 0)],
  ];
  for (const [method, fn] of pairs) {
    assertEquals(method.shape, fn.shape);
    assertEquals(await method.array(), await fn.array());
  }
});

Deno.test("x.where takes x where the condition holds, and gradients follow", async () => {
  const x = variable([1, -2, 3]);
  const y = x.where(x.greater(0), 0);
  assertEquals(await y.array(), [1, 0, 3]);
  y.sum().backward();
  assertEquals(await x.grad!.array(), [1, 0, 1]);
});

Deno.test("slice refuses a list of ranges, which it took before", () => {
  const x = tensor([[1, 2], [3, 4]]);
  // @ts-expect-error: ranges come one by one
  assertThrows(() => ops.slice(x, [[0, 1], null]), TypeError, "pass them one by one");
});

Deno.test("a tensor tells which op made it and whether it is disposed", () => {
  const x = variable([1, 2]), y = x.mul(2);
  assertEquals([x.madeBy, y.madeBy, y.detach().madeBy, y.isDisposed], [null, "mul", null, false]);
  const view = y.reshape([2, 1]);
  y.dispose();
  assertEquals([y.isDisposed, view.isDisposed, x.isDisposed], [true, true, false]);
});

Deno.test("printing runs no op", { ignore: !backend.synchronous }, () => {
  const seen: string[] = [];
  const x = tensor([[1, 2], [3, 4]]);
  const text = withLayer({ handle: (call, next) => (seen.push(call.op.name), next(call)) }, () => String(x));
  assertEquals([text.includes("3."), seen], [true, []]);
});

Deno.test("what PyTorch calls by other names is found by these", async () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]), y = tensor([[1, 0, 3], [9, 5, 9]]);
  assertEquals([x.ndim, x.dim(), x.numel(), tensor(1).ndim], [2, 2, 6, 0]);
  assertEquals([x.T.shape, x.mT.shape, tensor([1, 2]).T.shape], [[3, 2], [3, 2], [2]]);
  assertEquals(x.view(1, 2, 3).T.shape, [3, 2, 1]);
  assertEquals(x.view(1, 2, 3).mT.shape, [1, 3, 2]);
  assertEquals([x.view(-1), x.view(3, -1), x.view([2, -1]), x.viewAs(x.T)].map((v) => v.shape), [
    [6],
    [3, 2],
    [2, 3],
    [3, 2],
  ]);
  for (const [name, ours] of Object.entries(synonyms)) {
    const other = ours === "matmul" ? y.T : y;
    const [found, wanted] = [x[name as keyof typeof synonyms](other), x[ours](other)];
    assertEquals([found.dtype, await found.array()], [wanted.dtype, await wanted.array()], name);
  }
  assertEquals(Reflect.ownKeys(PyTorchNames.prototype).filter((name) => name in OwnMethods.prototype), [
    "constructor",
  ]);
});

Deno.test("gradients pass what has another name", async () => {
  const x = variable([[1, 2], [3, 4]]);
  x.T.mm(x).view(-1).sum().backward();
  assertEquals(await x.grad!.array(), [[6, 6], [14, 14]]);
});

Deno.test("a property that PyTorch has and that would be undefined here says what it is called, read or set", () => {
  const x = tensor([1]) as unknown as Record<string, unknown>;
  for (const [name, ours] of Object.entries(strangers)) {
    const text = `Cannot use ${name} of a tensor: it is ${ours} here`;
    assertThrows(() => x[name], TypeError, text);
    assertThrows(() => x[name] = true, TypeError, text);
    assert(ours.split(".")[0] in x);
  }
  assertThrows(() => x.data = tensor([2]), TypeError, "read only property 'data'");
  assertThrows(() => x.grad = tensor([2]), TypeError, "only a getter");
  assertThrows(() => (x as unknown as { size(): number }).size(), TypeError, "not a function");
});
