/** What normalises along axes, as steps over a lane: folds, numbers made of them, and the result. */
import { type DType, e, type Expr, rewrite, type View } from "@tapegrad/core/backend";
import { dtypesOf } from "./views.ts";

/**
 * A step: `max`, `sum` and `mean` fold an expression over the lane to one number, `once` makes a number of numbers,
 * `each` an element of each element. Inputs of an expression are those of the program, and after them what earlier
 * steps gave.
 */
export interface Step {
  /** What is done. */
  readonly kind: "max" | "sum" | "mean" | "once" | "each";
  /** Of what. */
  readonly expr: Expr;
}

/** Steps over lanes of inputs of one shape, the last of which gives the result. */
export interface LaneProgram {
  /** Names it. */
  readonly name: string;
  /** How many inputs it has. */
  readonly inputs: number;
  /** The steps; the last is of `each` element. */
  readonly steps: readonly Step[];
}

/** Adds a step to a program, and gives what it gives as an expression. */
type Add = (kind: Step["kind"], expr: Expr) => Expr;

function program(name: string, inputs: number, write: (add: Add, ...inputs: Expr[]) => void): LaneProgram {
  const steps: Step[] = [];
  const add: Add = (kind, expr) => e.input(inputs + steps.push({ kind, expr }) - 1);
  write(add, ...Array.from({ length: inputs }, (_, i) => e.input(i)));
  return { name, inputs, steps };
}

/** eˣ/Σeˣ of x. */
export const softmax: LaneProgram = program("softmax", 1, (add, x) => {
  const weight = add("each", e.exp(e.sub(x, add("max", x))));
  add("each", e.div(weight, add("sum", weight)));
});

/** x - log Σeˣ of x. */
export const logSoftmax: LaneProgram = program("logSoftmax", 1, (add, x) => {
  const most = add("max", x), total = add("sum", e.exp(e.sub(x, most)));
  add("each", e.sub(e.sub(x, most), add("once", e.log(total))));
});

/** y·(ct - Σy·ct) of y = softmax(x) and its cotangent. */
export const softmaxBackward: LaneProgram = program("softmaxBackward", 2, (add, y, ct) => {
  add("each", e.mul(y, e.sub(ct, add("sum", e.mul(y, ct)))));
});

/** ct - eʸ·Σct of y = log softmax(x) and its cotangent. */
export const logSoftmaxBackward: LaneProgram = program("logSoftmaxBackward", 2, (add, y, ct) => {
  add("each", e.sub(ct, e.mul(e.exp(y), add("sum", ct))));
});

// What is left of x without its mean if it is to be centred, and 1/√(mean of its square + eps).
function parted(add: Add, isCentered: boolean, x: Expr, eps: Expr): readonly [left: Expr, scale: Expr] {
  const left = isCentered ? e.sub(x, add("mean", x)) : x;
  return [left, add("once", e.rsqrt(e.add(add("mean", e.square(left)), eps)))];
}

function norm(name: string, isCentered: boolean): LaneProgram {
  return program(name, 2, (add, x, eps) => {
    add("each", e.mul(...parted(add, isCentered, x, eps)));
  });
}

// ct without its mean if x is, and without its part along x.
function normBackward(name: string, isCentered: boolean): LaneProgram {
  return program(name, 3, (add, x, eps, ct) => {
    const [left, scale] = parted(add, isCentered, x, eps), along = add("mean", e.mul(ct, left));
    const rest = e.sub(ct, e.mul(e.mul(left, scale), add("once", e.mul(scale, along))));
    add("each", e.mul(scale, isCentered ? e.sub(rest, add("mean", ct)) : rest));
  });
}

/** (x - mean)/√(variance + eps) of x and eps. */
export const layerNorm: LaneProgram = norm("layerNorm", true);

/** The cotangent of x from x, eps and that of the result. */
export const layerNormBackward: LaneProgram = normBackward("layerNormBackward", true);

/** x/√(mean x² + eps) of x and eps. */
export const rmsNorm: LaneProgram = norm("rmsNorm", false);

/** The cotangent of x from x, eps and that of the result. */
export const rmsNormBackward: LaneProgram = normBackward("rmsNormBackward", false);

const widened = new WeakMap<LaneProgram, Map<string, LaneProgram>>();

/** The program for inputs of such dtypes: halves are computed with in f32. */
export function programFor(program: LaneProgram, inputs: readonly View[]): LaneProgram {
  if (!inputs.some(({ dtype }) => dtype === "f16")) return program;
  const dtypes = dtypesOf(inputs), key = dtypes.join();
  let byDtypes = widened.get(program);
  if (!byDtypes) widened.set(program, byDtypes = new Map());
  let found = byDtypes.get(key);
  if (!found) byDtypes.set(key, found = widenedBy(program, dtypes));
  return found;
}

function widenedBy(program: LaneProgram, dtypes: readonly DType[]): LaneProgram {
  const isHalf = ({ kind, value }: Expr) => kind === "input" && dtypes[value] === "f16";
  const wide = (expr: Expr) => rewrite(expr, (node) => isHalf(node) ? e.cast(node, "f32") : null);
  return { ...program, steps: program.steps.map(({ kind, expr }) => ({ kind, expr: wide(expr) })) };
}
