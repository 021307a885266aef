/** Functions that visit samples: what cross-entropy has once for each, by the class that is its target. */
import type { Body, Callable, Local } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { f64, i32, load, op, plus, type Value } from "../assembler/values.ts";
import { type Cell, cellOf, type Plain } from "./cells.ts";

type Count = Local<"i32">;
type Number = Value<"f64">;

/** What functions take before operands: samples, the targets and their step, classes, whether an index is ignored and which. */
const COMMON = 8;
/** Of each operand: where the first sample is, and how far samples and classes are apart. */
const EACH = 3;

/** A sample, whose operands are computed with in double precision. */
interface Sample {
  readonly body: Body;
  readonly extent: Count;
  /** What is left of the rest, what an even share is, and the sum of all weights. */
  readonly rest: Number;
  readonly even: Number;
  readonly total: Number;
  /** An operand's element of the sample and its target, or of the sample where no class is told apart. */
  value(operand: number): Number;
  store(operand: number, value: Number): void;
  /** Makes an operand's elements of all classes 0. */
  clear(operand: number): void;
}

/** What is done with a sample: by its target, or where none counts. */
interface Visit {
  readonly operands: number;
  readonly counted: (sample: Sample) => void;
  readonly ignored: (sample: Sample) => void;
}

/** The functions by what they leave. */
const visits = {
  /** Of x, the largest, the logarithm of the sum, weights, spread and the loss. */
  losses: {
    operands: 6,
    counted: (s) => {
      const [x, most, log, weight, spread] = [0, 1, 2, 3, 4].map((k) => s.value(k));
      const own = op("f64.mul", weight, op("f64.sub", op("f64.sub", x, most), log));
      s.store(5, op("f64.neg", op("f64.add", op("f64.mul", s.rest, own), op("f64.mul", s.even, spread))));
    },
    ignored: (s) => s.store(5, f64(0)),
  },
  /** Of the cotangent, weights, what the softmax is multiplied by, and what is taken away times each weight. */
  slopes: {
    operands: 4,
    counted: (s) => {
      const ct = s.body.keep(s.value(0));
      s.store(2, op("f64.mul", ct, shares(s, s.value(1))));
      s.store(3, op("f64.mul", ct, s.even));
    },
    ignored: (s) => {
      s.store(2, f64(0));
      s.store(3, f64(0));
    },
  },
  /** Of the softmax, the cotangent, weights and the gradient: that of targets, as a difference of what is nearly the same. */
  corrections: {
    operands: 4,
    counted: (s) => {
      const weight = s.body.keep(s.value(2)), all = op("f64.add", s.rest, s.even);
      const part = op("f64.sub", op("f64.mul", s.value(0), shares(s, weight)), op("f64.mul", weight, all));
      s.store(3, op("f64.mul", s.value(1), part));
    },
    ignored: (s) => s.clear(3),
  },
} as const satisfies Readonly<Record<string, Visit>>;

/** What a function leaves. */
export type Visited = keyof typeof visits;

// What the parts of a sample, whose target has some weight, add up to.
function shares({ rest, even, total }: Sample, weight: Number): Number {
  return op("f64.add", op("f64.mul", rest, weight), op("f64.mul", even, total));
}

/** Defines a function for targets and elements of dtypes; it gives the pointer of an index out of range, or 0. */
export function visiting(module: Module, visited: Visited, target: Plain, dtype: "f32" | "f64"): Callable {
  const { operands, counted, ignored }: Visit = visits[visited], index = cellOf(target) as Cell<"i32">;
  const types = new Array<"i32">(COMMON + EACH * operands).fill("i32");
  return module.define(
    types,
    "i32",
    (body, [n, aim, aimStep, extent, ignores, none, numbers, total, ...rest]) => {
      const at = body.local("i32"), class_ = body.local("i32"), each = operandsOf(rest);
      const shared = { body, extent, rest: kept(body, numbers, 0), even: kept(body, numbers, 1) };
      const sums = body.keep(load("f64.load", total));
      const sample = (class_: Count | null): Sample => ({
        ...shared,
        total: sums,
        ...accessOf(body, dtype, each, extent, class_),
      });
      body.upTo(at, n, 1, () => {
        body.set(class_, index.load(aim));
        body.if(
          op("i32.and", ignores, op("i32.eq", class_, none)),
          () => ignored(sample(null)),
          () => {
            body.if(op("i32.ge_u", class_, extent), () => body.return(aim));
            counted(sample(class_));
          },
        );
        body.advance(aim, aimStep);
        for (const { pointer, step } of each) body.advance(pointer, step);
      });
      return i32(0);
    },
  );
}

interface OperandCode {
  readonly pointer: Count;
  readonly step: Count;
  readonly turn: Count;
}

function operandsOf(parameters: readonly Count[]): readonly OperandCode[] {
  return Array.from({ length: parameters.length / EACH }, (_, k) => {
    const [pointer, step, turn] = parameters.slice(EACH * k);
    return { pointer, step, turn };
  });
}

function kept(body: Body, numbers: Count, k: number): Local<"f64"> {
  return body.keep(load("f64.load", numbers, 8 * k));
}

function accessOf(
  body: Body,
  dtype: "f32" | "f64",
  each: readonly OperandCode[],
  extent: Count,
  class_: Count | null,
): Pick<Sample, "value" | "store" | "clear"> {
  const place = (k: number) =>
    class_ ? plus(each[k].pointer, op("i32.mul", class_, each[k].turn)) : each[k].pointer;
  return {
    value: (k) =>
      dtype === "f64" ? load("f64.load", place(k)) : op("f64.promote_f32", load("f32.load", place(k))),
    store: (k, value) => store(body, dtype, place(k), value),
    clear(k): void {
      const to = body.keep(each[k].pointer);
      body.upTo(body.keep(i32(0)), extent, 1, () => {
        store(body, dtype, to, f64(0));
        body.advance(to, each[k].turn);
      });
    },
  };
}

function store(body: Body, dtype: "f32" | "f64", to: Value<"i32">, value: Number): void {
  if (dtype === "f64") body.store("f64.store", to, value);
  else body.store("f32.store", to, op("f32.demote_f64", value));
}

/** Defines the sum of weights, one after another: how many, the first and their distance, and where it goes. */
export function totalling(module: Module, dtype: "f32" | "f64"): Callable {
  return module.define(["i32", "i32", "i32", "i32"], null, (body, [n, from, step, to]) => {
    const sum = body.local("f64");
    body.upTo(body.local("i32"), n, 1, () => {
      const weight = dtype === "f64" ? load("f64.load", from) : op("f64.promote_f32", load("f32.load", from));
      body.set(sum, op("f64.add", sum, weight));
      body.advance(from, step);
    });
    body.store("f64.store", to, sum);
  });
}
