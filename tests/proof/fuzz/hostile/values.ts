/** Arguments that nobody means. */
import { e, key, Scalar, type Tensor, tensor, variable, zeros } from "@tapegrad/core";
import { Linear } from "@tapegrad/nn";

/** What a hostile object throws when it is looked at: no fault of ours. */
export class Trap extends Error {}

function trap(): never {
  throw new Trap("looked at");
}

function nested(depth: number): unknown {
  let value: unknown = [1];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function cyclic(): unknown {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

function cyclicObject(): unknown {
  const object: Record<string, unknown> = { a: 1 };
  object.self = object;
  return object;
}

function detached(): ArrayBufferView {
  const array = Float32Array.of(1, 2, 3);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

class Bare {
  field = 1;
}

const proxied = (t: object): unknown => new Proxy(t, {});

/** Values of every kind, each by what stories call it, made anew for each call. */
export const hostile: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  true: () => true,
  false: () => false,
  NaN: () => NaN,
  Infinity: () => Infinity,
  "-Infinity": () => -Infinity,
  "-1": () => -1,
  "-0": () => -0,
  "0": () => 0,
  "1": () => 1,
  "7": () => 7,
  "0.5": () => 0.5,
  "2**31": () => 2 ** 31,
  "2**32": () => 2 ** 32,
  "2**40": () => 2 ** 40,
  "2**53": () => 2 ** 53,
  "1e308": () => 1e308,
  '"abc"': () => "abc",
  '""': () => "",
  '"1"': () => "1",
  '"f64"': () => "f64",
  '"cpu"': () => "cpu",
  '"__proto__"': () => "__proto__",
  '"constructor"': () => "constructor",
  bigint: () => 3n,
  symbol: () => Symbol("s"),
  "an arrow": () => (y: unknown) => y,
  "an empty arrow": () => () => {},
  "an async arrow": () => (y: unknown) => Promise.resolve(y),
  "a function that throws": () => trap,
  "a generator": () =>
    function* (): Generator<number> {
      yield 1;
    },
  "{}": () => ({}),
  "a bare object": () => Object.create(null),
  "{ axis }": () => ({ axis: 0 }),
  "{ axes, keepDim }": () => ({ axes: 0, keepDim: true }),
  "{ dtype: f64 }": () => ({ dtype: "f64" }),
  "{ length }": () => ({ length: 2, 0: 1, 1: 2 }),
  "{ length: 2**40 }": () => ({ length: 2 ** 40 }),
  "[]": () => [],
  "[0]": () => [0],
  "[-1]": () => [-1],
  "[NaN]": () => [NaN],
  "[null]": () => [null],
  '["a"]': () => ["a"],
  "[1, 2]": () => [1, 2],
  "[[1], [2, 3]]": () => [[1], [2, 3]],
  "[2**40]": () => [2 ** 40],
  "[2**20, 2**20]": () => [2 ** 20, 2 ** 20],
  "[0, 2**40]": () => [0, 2 ** 40],
  holes: () => Object.assign(new Array(3), { 2: 1 }),
  "a long sparse array": () => new Array(2 ** 32 - 1),
  "20000 deep": () => nested(20_000),
  "a cyclic array": cyclic,
  "a cyclic object": cyclicObject,
  "a vector": () => tensor([1, 2, 3]),
  "a matrix": () => tensor([[1, 2, 3], [4, 5, 6]]),
  "a scalar tensor": () => tensor(2),
  "no elements": () => zeros([0, 3]),
  "an i32 tensor": () => tensor([0, 1], { dtype: "i32" }),
  "a bool tensor": () => tensor([true, false]),
  "an f16 tensor": () => tensor([1, 2], { dtype: "f16" }),
  "an f64 tensor": () => tensor([1, 2, 3], { dtype: "f64" }),
  "a tensor of NaN": () => tensor([NaN, NaN, NaN]),
  "a leaf": () => variable([1, 2, 3]),
  "a wide view": () => tensor([[1], [2]]).expand([2, 3]),
  "a disposed tensor": () => {
    const t = tensor([1, 2, 3]);
    t.dispose();
    return t;
  },
  "a Proxy of a tensor": () => proxied(tensor([1, 2, 3])),
  "an object made from a tensor": () => ({ ...tensor([1, 2, 3]) }),
  "[tensor]": () => [tensor([1, 2, 3])],
  "[tensor, null]": () => [tensor([1, 2, 3]), null],
  "{ tensor }": () => ({ a: tensor([1, 2, 3]) }),
  "a Scalar": () => new Scalar("s", 2),
  "a Key": () => key(3),
  "an Expr": () => e.add(e.input(0), 1),
  "a Module": () => new Linear(3, 2),
  "a getter that throws": () => Object.defineProperty({}, "axis", { get: trap, enumerable: true }),
  "getters that throw": () => new Proxy({}, { get: trap, has: trap, ownKeys: trap }),
  "toString that throws": () => ({ toString: trap, valueOf: trap }),
  "a Promise": () => Promise.resolve(tensor([1])),
  "a Date": () => new Date(0),
  "a Map": () => new Map([["a", tensor([1])]]),
  "a Set": () => new Set([1, 2]),
  "a RegExp": () => /a/,
  "an Error": () => new Error("mine"),
  "an instance": () => new Bare(),
  "a class": () => Bare,
  "boxed number": () => Object(2),
  "boxed string": () => Object("ab"),
  "a frozen array": () => Object.freeze([1, 2]),
  "a frozen object": () => Object.freeze({ axis: 0 }),
  "Float32Array": () => Float32Array.of(1, 2, 3),
  "Float64Array": () => Float64Array.of(1, 2, 3),
  "Int8Array": () => Int8Array.of(1, 2, 3),
  "Uint8ClampedArray": () => Uint8ClampedArray.of(1, 2, 3),
  "BigInt64Array": () => BigInt64Array.of(1n, 2n),
  "DataView": () => new DataView(new ArrayBuffer(8)),
  "ArrayBuffer": () => new ArrayBuffer(8),
  "SharedArrayBuffer": () => new SharedArrayBuffer(8),
  "a shared array": () => new Float32Array(new SharedArrayBuffer(12)),
  "a detached array": detached,
  "an iterator": () => [1, 2][Symbol.iterator](),
  "a thenable": () => ({ then: (resolve: (value: unknown) => void) => resolve(1) }),
  globalThis: () => globalThis,
};

/** Whether a tensor is among the things that a good call holds, so that one in its place may well be fine. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "strides" in value && "dtype" in value;
}
