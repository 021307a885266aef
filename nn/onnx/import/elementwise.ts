/** Operators that compute each element by itself. */
import * as core from "@tapegrad/core";
import type { FileDType } from "../../files/elements.ts";
import { roundEven } from "../rounding.ts";
import type { Call, Operator } from "./call.ts";
import { Known, mapped } from "./known.ts";

type Unary = (x: core.Tensor) => core.Tensor;
type Binary = (a: core.Tensor, b: core.Tensor) => core.Tensor;

function unary(op: Unary, host?: (x: number) => number): Operator {
  return (call) => {
    if (!host || !call.isKnown) return op(call.tensor(0));
    const x = call.known(0);
    return mapped(x.kind, [x], host);
  };
}

type Host = (a: number, b: number, isInteger: boolean) => number;

function binary(op: Binary, host: Host, kind?: FileDType): Operator {
  return (call) => {
    if (!call.isKnown) return op(...aligned(call));
    const [a, b] = call.allKnown(), { isInteger } = a;
    return mapped(kind ?? a.kind, [a, b], (x, y) => host(x, y, isInteger));
  };
}

// Before opset 7 the second operand could begin at an axis.
function aligned(call: Call): [core.Tensor, core.Tensor] {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (!call.int("broadcast", 0) || !call.has("axis")) return [a, b];
  const after = a.rank - call.int("axis", 0) - b.rank;
  return [a, core.reshape(b, [...b.shape, ...Array.from({ length: Math.max(0, after) }, () => 1)])];
}

function several(op: Binary, host: (a: number, b: number) => number): Operator {
  return (call) => {
    if (!call.isKnown) return call.tensors().reduce((a, b) => op(a, b));
    return call.allKnown().reduce((a, b) => mapped(a.kind, [a, b], host));
  };
}

function compared(op: Binary, host: Host): Operator {
  return binary(op, host, "bool");
}

/** Of integers the quotient towards 0, as in C. */
function divided(a: core.Tensor, b: core.Tensor): core.Tensor {
  return core.isFloating(a.dtype) ? core.div(a, b) : core.floorDivide(core.sub(a, core.fmod(a, b)), b);
}

function raised(a: core.Tensor, b: core.Tensor): core.Tensor {
  return core.pow(a, b).to(a.dtype);
}

const modulo: Operator = (call) => {
  const isC = call.int("fmod", 0) === 1;
  const host: Host = (a, b) => isC ? a % b : a - b * Math.floor(a / b);
  return binary(isC ? core.fmod : core.remainder, host)(call);
};

const where: Operator = (call) => {
  if (!call.isKnown) return core.where(call.tensor(0), call.tensor(1), call.tensor(2));
  const [test, yes, no] = call.allKnown();
  return mapped(yes.kind, [test, yes, no], (c, a, b) => c ? a : b);
};

/** A bound of Clip, which attributes told before opset 11. */
function bound(call: Call, i: number, name: string, otherwise: number): core.Tensor | number {
  return call.version < 11 ? call.float(name, otherwise) : call.inputs[i] ? call.tensor(i) : otherwise;
}

const clip: Operator = (call) => {
  const x = call.tensor(0), low = bound(call, 1, "min", -Infinity), high = bound(call, 2, "max", Infinity);
  const above = low === -Infinity ? x : core.maximum(x, low);
  return high === Infinity ? above : core.minimum(above, high);
};

const cast: Operator = (call) => {
  const kind = call.kind(call.int("to", 0)), x = call.value(0);
  if (x instanceof core.Tensor) return x.to(call.dtype(kind));
  return mapped(kind, [x], (value) => asKind(value, kind));
};

function asKind(value: number, kind: FileDType): number {
  if (kind === "bool") return Number(value !== 0);
  if (kind === "f32") return Math.fround(value);
  return kind.includes("f") ? value : Math.trunc(value);
}

const castLike: Operator = (call) => {
  const like = call.value(1), x = call.value(0);
  if (x instanceof Known && like instanceof Known) return mapped(like.kind, [x], (v) => asKind(v, like.kind));
  return call.tensor(0).to(call.tensor(1).dtype);
};

const isInf: Operator = (call) => {
  const x = call.tensor(0),
    [up, down] = ["detect_positive", "detect_negative"].map((name) => call.int(name, 1));
  if (up && down) return core.isInfinite(x);
  return up || down ? core.equal(x, up ? Infinity : -Infinity) : core.notEqual(x, x).logicalAnd(false);
};

const shrink: Operator = (call) => {
  const x = call.tensor(0), edge = call.float("lambd", 0.5), bias = call.float("bias", 0);
  return core.where(x.less(-edge), x.add(bias), core.where(x.greater(edge), x.sub(bias), core.mul(x, 0)));
};

const elu: Operator = (call) => core.elu(call.tensor(0), call.float("alpha", 1));
const hardSigmoid: Operator = (call) => {
  const x = call.tensor(0).mul(call.float("alpha", 0.2)).add(call.float("beta", 0.5));
  return core.clamp(x, 0, 1);
};
const selu: Operator = (call) => {
  const [alpha, gamma] = [call.float("alpha", 1.6732632423543772), call.float("gamma", 1.0507009873554805)];
  return core.mul(core.elu(call.tensor(0), alpha), gamma);
};
// Before opset 7 a list of slopes was that of the channels.
const prelu: Operator = (call) => {
  const [x, given] = [call.tensor(0), call.tensor(1)], isOld = call.version < 7 && given.size > 1;
  const slope = isOld ? core.reshape(given, [given.size, ...x.shape.slice(2).map(() => 1)]) : given;
  return core.where(x.less(0), x.mul(slope), x);
};
const thresholded: Operator = (call) => {
  const x = call.tensor(0);
  return core.where(x.greater(call.float("alpha", 1)), x, core.mul(x, 0));
};

function bits(op: Binary): Operator {
  return (call) => op(call.tensor(0), call.tensor(1));
}

const shift: Operator = (call) => {
  const op = call.text("direction", "LEFT") === "LEFT" ? core.shiftLeft : core.shiftRight;
  return op(call.tensor(0), call.tensor(1));
};

const mean: Operator = (call) =>
  core.div(call.tensors().reduce((a, b) => core.add(a, b)), call.inputs.length);

const gelu: Operator = (call) => {
  const approximate = call.text("approximate", "none") === "tanh" ? "tanh" : "none";
  return core.gelu(call.tensor(0), { approximate });
};

const shape: Operator = (call) => {
  const shape = call.value(0).shape, end = call.has("end") ? call.int("end", 0) : shape.length;
  const found = shape.slice(call.int("start", 0), end);
  return new Known("i64", [found.length], found);
};

/** Operators of one operand. */
const alone: Readonly<Record<string, Operator>> = {
  Abs: unary(core.abs, Math.abs),
  Acos: unary(core.acos),
  Acosh: unary(core.acosh),
  Asin: unary(core.asin),
  Asinh: unary(core.asinh),
  Atan: unary(core.atan),
  Atanh: unary(core.atanh),
  BitwiseNot: unary((x) => core.bitwiseXor(x, -1)),
  Ceil: unary(core.ceil, Math.ceil),
  Celu: (call) => core.celu(call.tensor(0), call.float("alpha", 1)),
  Cos: unary(core.cos),
  Cosh: unary(core.cosh),
  Elu: elu,
  Erf: unary(core.erf),
  Exp: unary(core.exp, Math.exp),
  Floor: unary(core.floor, Math.floor),
  Gelu: gelu,
  HardSigmoid: hardSigmoid,
  HardSwish: unary(core.hardswish),
  IsInf: isInf,
  IsNaN: unary(core.isNaN),
  LeakyRelu: (call) => core.leakyRelu(call.tensor(0), call.float("alpha", 0.01)),
  Log: unary(core.log, Math.log),
  Mish: unary(core.mish),
  Neg: unary(core.neg, (x) => -x),
  Not: unary(core.logicalNot, (x) => Number(!x)),
  Reciprocal: unary(core.reciprocal, (x) => 1 / x),
  Relu: unary(core.relu, (x) => Math.max(x, 0)),
  Round: unary((x) => core.round(x), roundEven),
  Selu: selu,
  Shrink: shrink,
  Sigmoid: unary(core.sigmoid),
  Sign: unary(core.sign, Math.sign),
  Sin: unary(core.sin),
  Sinh: unary(core.sinh),
  Softplus: unary((x) => core.softplus(x)),
  Softsign: unary(core.softsign),
  Sqrt: unary(core.sqrt, Math.sqrt),
  Swish: (call) => call.tensor(0).mul(core.sigmoid(call.tensor(0).mul(call.float("alpha", 1)))),
  Tan: unary(core.tan),
  Tanh: unary(core.tanh),
  ThresholdedRelu: thresholded,
};

/** All of them, by name. */
export const elementwise: Readonly<Record<string, Operator>> = {
  ...alone,
  Add: binary(core.add, (a, b) => a + b),
  And: compared(core.logicalAnd, (a, b) => Number(a && b)),
  BitShift: shift,
  BitwiseAnd: bits(core.bitwiseAnd),
  BitwiseOr: bits(core.bitwiseOr),
  BitwiseXor: bits(core.bitwiseXor),
  Cast: cast,
  CastLike: castLike,
  Clip: clip,
  Div: binary(divided, (a, b, isInteger) => isInteger ? Math.trunc(a / b) : a / b),
  Equal: compared(core.equal, (a, b) => Number(a === b)),
  Greater: compared(core.greater, (a, b) => Number(a > b)),
  GreaterOrEqual: compared(core.greaterEqual, (a, b) => Number(a >= b)),
  Less: compared(core.less, (a, b) => Number(a < b)),
  LessOrEqual: compared(core.lessEqual, (a, b) => Number(a <= b)),
  Max: several(core.maximum, Math.max),
  Mean: mean,
  Min: several(core.minimum, Math.min),
  Mod: modulo,
  Mul: binary(core.mul, (a, b) => a * b),
  Or: compared(core.logicalOr, (a, b) => Number(a || b)),
  Pow: binary(raised, (a, b) => a ** b),
  PRelu: prelu,
  Shape: shape,
  Size: (call) => new Known("i64", [], [core.sizeOf(call.value(0).shape)]),
  Sub: binary(core.sub, (a, b) => a - b),
  Sum: several(core.add, (a, b) => a + b),
  Where: where,
  Xor: compared(core.logicalXor, (a, b) => Number(a !== b)),
};
