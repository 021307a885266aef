/** What normalises along axes, as steps over a lane: folds, numbers made of them, and the result. */
import { type DType, e, type Expr, rewrite, type View } from "@tapegrad/core/backend";
import { dtypesOf } from "./views.ts";

/**
 * A step: `max`, `sum` and `mean` fold an expression over the lane to one number, `once` makes a number of numbers,
 * `each` an element of each element, `across` sums over all lanes what they have at each place. Inputs of an
 * expression are those of the program, and after them what earlier steps gave.
 */
export interface Step {
  /** What is done. */
  readonly kind: "max" | "sum" | "mean" | "once" | "each" | "across";
  /** Of what. */
  readonly expr: Expr;
}

/** Steps over lanes of inputs of one shape. */
export interface LaneProgram {
  /** Names it. */
  readonly name: string;
  /** How many inputs it has. */
  readonly inputs: number;
  /** The steps. */
  readonly steps: readonly Step[];
  /**
   * The step of each result, `null` of one that is not wanted: of `each` element first if that is one, then those
   * `across` lanes, or numbers of each lane.
   */
  readonly results: readonly (number | null)[];
}

/** Adds a step to a program, and gives what it gives as an expression. */
export type Add = (kind: Step["kind"], expr: Expr) => Expr;

/** The program that `write` adds the steps of, and gives the results of: `null` for those that are not wanted. */
export function program(
  name: string,
  inputs: number,
  write: (add: Add, ...inputs: Expr[]) => readonly (Expr | null)[],
): LaneProgram {
  const steps: Step[] = [];
  const add: Add = (kind, expr) => e.input(inputs + steps.push({ kind, expr }) - 1);
  const results = write(add, ...Array.from({ length: inputs }, (_, i) => e.input(i)));
  return { name, inputs, steps, results: results.map((result) => result && result.value - inputs) };
}

/** eˣ/Σeˣ of x. */
export const softmax: LaneProgram = program("softmax", 1, (add, x) => {
  const weight = add("each", e.exp(e.sub(x, add("max", x))));
  return [add("each", shareOf(add, weight, add("sum", weight)))];
});

/** eˣ/Σeˣ of x, the largest x, and the logarithm of the sum of what exponentials are below that. */
export const softmaxWithLogs: LaneProgram = program("softmax with logarithms", 1, (add, x) => {
  const most = add("max", x), weight = add("each", e.exp(e.sub(x, most))), total = add("sum", weight);
  return [add("each", shareOf(add, weight, total)), most, add("once", e.log(total))];
});

// The largest weight is 1, so that a total is neither 0 nor infinite: it is divided by once, not for each element.
function shareOf(add: Add, weight: Expr, total: Expr): Expr {
  return e.mul(weight, add("once", e.div(1, total)));
}

/** x - log Σeˣ of x. */
export const logSoftmax: LaneProgram = program("logSoftmax", 1, (add, x) => {
  const most = add("max", x), total = add("sum", e.exp(e.sub(x, most)));
  return [add("each", e.sub(e.sub(x, most), add("once", e.log(total))))];
});

/** y·(ct - Σy·ct) of y = softmax(x) and its cotangent. */
export const softmaxBackward: LaneProgram = program("softmaxBackward", 2, (add, y, ct) => [
  add("each", e.mul(y, e.sub(ct, add("sum", e.mul(y, ct))))),
]);

/** ct - eʸ·Σct of y = log softmax(x) and its cotangent. */
export const logSoftmaxBackward: LaneProgram = program("logSoftmaxBackward", 2, (add, y, ct) => [
  add("each", e.sub(ct, e.mul(e.exp(y), add("sum", ct)))),
]);

// What is left of x without its mean if it is to be centred, and 1/√(mean of its square + eps).
function parted(add: Add, isCentered: boolean, x: Expr, eps: Expr): readonly [left: Expr, scale: Expr] {
  const left = isCentered ? e.sub(x, add("mean", x)) : x;
  return [left, scaleOf(add, add("mean", e.square(left)), eps)];
}

/** 1/√(variance + eps), of a lane. */
export function scaleOf(add: Add, variance: Expr, eps: Expr): Expr {
  return add("once", e.rsqrt(e.add(variance, eps)));
}

/** Programs of one kind, by what sets them apart; each is made once, since kernels are found by it. */
export function madeOnce<A extends readonly unknown[]>(
  make: (...args: A) => LaneProgram,
): (...args: A) => LaneProgram {
  const known = new Map<string, LaneProgram>();
  return (...args) => {
    const key = args.join();
    let found = known.get(key);
    if (!found) known.set(key, found = make(...args));
    return found;
  };
}

function norm(name: string, isCentered: boolean): (inputs: number) => LaneProgram {
  return madeOnce((inputs) =>
    program(name, inputs, (add, x, eps, weight?, bias?) => {
      const normalized = e.mul(...parted(add, isCentered, x, eps));
      const scaled = weight ? e.mul(normalized, weight) : normalized;
      return [add("each", bias ? e.add(scaled, bias) : scaled)];
    })
  );
}

// ct without its mean if x is, and without its part along x.
function normBackward(
  name: string,
  isCentered: boolean,
): (inputs: number, ofX: boolean, ofWeight: boolean, ofBias: boolean) => LaneProgram {
  return madeOnce((inputs, ofX, ofWeight, ofBias) =>
    program(name, inputs, (add, x, eps, ct, weight?) => {
      const [left, scale] = ofX || ofWeight ? parted(add, isCentered, x, eps) : [x, eps];
      const pulled = () => {
        const slope = weight ? e.mul(ct, weight) : ct, along = add("mean", e.mul(slope, left));
        const rest = e.sub(slope, e.mul(e.mul(left, scale), add("once", e.mul(scale, along))));
        return add("each", e.mul(scale, isCentered ? e.sub(rest, add("mean", slope)) : rest));
      };
      return [
        ofX ? pulled() : null,
        ofWeight ? add("across", e.mul(ct, e.mul(left, scale))) : null,
        ofBias ? add("across", ct) : null,
      ];
    })
  );
}

/** (x - mean)/√(variance + eps)·weight + bias of x, eps, and a weight and a bias if there are so many inputs. */
export const layerNorm: (inputs: number) => LaneProgram = norm("layerNorm", true);

/** The gradients of x, weight and bias that are wanted, from x, eps, the cotangent, and a weight if there is a fourth. */
export const layerNormBackward: ReturnType<typeof normBackward> = normBackward("layerNormBackward", true);

/** x/√(mean x² + eps)·weight of x, eps, and a weight if there are so many inputs. */
export const rmsNorm: (inputs: number) => LaneProgram = norm("rmsNorm", false);

/** The gradients that are wanted, as of layerNorm. */
export const rmsNormBackward: ReturnType<typeof normBackward> = normBackward("rmsNormBackward", false);

const widened = new WeakMap<LaneProgram, Map<string, LaneProgram>>();

/** The program for inputs of such dtypes: halves are computed with in f32. */
export function programFor(program: LaneProgram, inputs: readonly Pick<View, "dtype">[]): LaneProgram {
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
