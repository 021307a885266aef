/** First and second derivatives of elementwise ops, at powers of ten and near the edges of their domains. */
import * as core from "@tapegrad/core";
import {
  type Backend,
  type DType,
  onesLike,
  ops,
  scope,
  sum,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/core";
import { distance, show, type Terms } from "./compare.ts";
import { type Draft, dtypesOf, expect, type Row, type Session } from "./session.ts";
import type { Outcome } from "./types.ts";
import { combinations, inDtype } from "./values.ts";

type Op = (...operands: Tensor[]) => Tensor;
type Order = 1 | 2;

/** What is differentiated, by which operands and where. */
interface Curve {
  readonly op: string;
  readonly call: Op;
  readonly points: (dtype: DType) => number[][];
}

// Of these the other operands are parameters, which keep their defaults.
const parametric = new Set("leakyRelu elu celu hardtanh hardshrink softshrink".split(" "));
// Of f16 nothing is computed that is not in f32.
const tried: readonly DType[] = ["f32", "f64"];

/** A row for each order of each differentiable elementwise op of core that has one or two operands. */
export function slopeRows(): readonly Row[] {
  return curves().flatMap((curve) =>
    ([1, 2] as const).map((order) => ({
      op: curve.op + "′".repeat(order),
      cases: (session: Session) => casesOf(curve, order, session),
    }))
  );
}

function curves(): readonly Curve[] {
  return ops().flatMap(({ name, kind, arity, differentiable }) => {
    const call = (core as unknown as Record<string, Op | undefined>)[name];
    if (kind !== "elementwise" || !differentiable || !call) return [];
    if (name === "pow") return [{ op: name, call, points: basesAndExponents }];
    if (name === "polygamma") return [{ op: name, call, points: ordersAndPoints }];
    if (arity === 1 || parametric.has(name)) return [{ op: name, call, points: (dtype) => [singles(dtype)] }];
    return arity === 2 ? [{ op: name, call, points: pairs }] : [];
  });
}

function bothSigns(values: readonly number[], dtype: DType): number[] {
  return [...inDtype([...values, ...values.map((x) => -x)], dtype)];
}

// Where one of f32 and f64 still holds a square or a cube, and where neither does.
const exponents: Readonly<Partial<Record<DType, readonly number[]>>> = {
  f32: [37],
  f64: [50, 100, 103, 150, 155, 200, 300],
};

function singles(dtype: DType): number[] {
  const tens = Array.from({ length: 37 }, (_, k) => k), ends = exponents[dtype] ?? [];
  const spacing = dtype === "f64" ? 2 ** -52 : 2 ** -23;
  const beside = [spacing, 100 * spacing, 2 ** -12, 1e-3].flatMap((d) => [1 - d, 1 + d]);
  const between = [0, 0.3, 0.5, 0.7, 1.5, 2, 2.5, 3, 3.3, 5, 6, 8, 12, 20, 30, 50];
  return bothSigns([...[...tens, ...ends].flatMap((k) => [10 ** k, 10 ** -k]), ...beside, ...between], dtype);
}

function pairs(dtype: DType): number[][] {
  const list = [0, 3, 10, 20, 30].flatMap((k) => [10 ** k, 10 ** -k]);
  const values = bothSigns([...list, 0.7, 2, 1 + 2 ** -20], dtype);
  return combinations([values, values]);
}

// Powers of negative bases depend on whether the exponent is odd, which one less than a large or small one no longer is.
function basesAndExponents(dtype: DType): number[][] {
  const isKnown = (a: number, b: number) => a > 0 || (Number.isInteger(b) && Math.abs(b) < 2 ** 20);
  const [bases, exponents] = pairs(dtype), kept = bases.map((a, i) => isKnown(a, exponents[i]));
  return [bases, exponents].map((column) => column.filter((_, i) => kept[i]));
}

function ordersAndPoints(dtype: DType): number[][] {
  return combinations([
    [0, 1, 2, 3],
    inDtype([1e-3, 0.1, 0.5, 1, 1.5, 2, 3, 7.25, 20, 100, 1e3, 1e6], dtype),
  ]);
}

function casesOf(curve: Curve, order: Order, session: Session): readonly Draft[] {
  return dtypesOf(session, tried).map((dtype) => ({
    op: curve.op + "′".repeat(order),
    dtype,
    detail: "at powers of ten and edges",
    run: (current) => compare(current, curve, order, dtype),
  }));
}

async function compare(session: Session, curve: Curve, order: Order, dtype: DType): Promise<Outcome> {
  const points = curve.points(dtype), op = curve.op + "′".repeat(order);
  const found = slopes(curve, order, points, { backend: session.backend, dtype });
  const exact = slopes(curve, order, points, { backend: session.reference, dtype: "f64" });
  try {
    const arrays = await session.read(found),
      terms: Terms = {
        ...session.allowance(op, dtype),
        dtype,
        keeps: session.keeps,
        zeroSign: false,
      };
    let most = 0;
    exact.forEach((expected, k) =>
      expected.dataSync().forEach((wanted: number, i: number) => {
        const got = arrays[k][i], apart = distance(got, wanted, terms);
        expect(apart <= terms.ulp, () =>
          `${show(got)} by ${placeOf(k, order, points.length)} at (${
            points.map((x) =>
              show(x[i])
            ).join(", ")
          }) ` +
          `instead of ${show(wanted)}, ${apart.toPrecision(3)} ULP off where ${terms.ulp} are allowed`);
        most = Math.max(most, apart);
      })
    );
    return { status: "ok", ulp: most };
  } finally {
    for (const x of [...found, ...exact]) x.dispose();
  }
}

// Which operands result `k` is the derivative by.
function placeOf(k: number, order: Order, count: number): string {
  return order === 1 ? `operand ${k + 1}` : `operands ${Math.floor(k / count) + 1} and ${k % count + 1}`;
}

interface Place {
  readonly backend: Backend;
  readonly dtype: DType;
}

/** The derivatives by each operand, or by each and then by each. */
function slopes({ call }: Curve, order: Order, points: number[][], place: Place): Tensor[] {
  const gradient = (f: Op) => (...xs: Tensor[]): Tensor[] => {
    const [y, pull] = vjp((...at: Tensor[]) => sum(f(...at)), ...xs);
    return pull(onesLike(y));
  };
  return scope(() => {
    const xs = points.map((values) => tensor(values, place)), firsts = gradient(call);
    if (order === 1) return firsts(...xs);
    return xs.flatMap((_, i) => gradient((...at) => firsts(...at)[i])(...xs));
  });
}
