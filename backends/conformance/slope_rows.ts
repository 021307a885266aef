/** Elementwise ops and their first and second derivatives, on grids that suit the number of their operands. */
import {
  type Backend,
  type DType,
  onesLike,
  ops,
  scalarFunctions,
  scope,
  sum,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/core";
import { distance, show, type Terms } from "./compare.ts";
import { type Grid, pairs, singles } from "./grids.ts";
import { elementwise, exportOf } from "./ops/elementwise.ts";
import { type Draft, dtypesOf, expect, type Row, type Session } from "./session.ts";
import type { Outcome } from "./types.ts";

type Op = (...operands: Tensor[]) => Tensor;
type Order = 0 | 1 | 2;

/** What is differentiated, by which operands and where. */
interface Curve {
  readonly op: string;
  readonly call: Op;
  readonly points: Grid;
}

// Of f16 nothing is computed that is not in f32.
const tried: readonly DType[] = ["f32", "f64"];

/**
 * A row for each order of each differentiable elementwise op of core that has one or two operands; values have one in
 * `scalarRows` already, where the op is a scalar function.
 */
export function slopeRows(): readonly Row[] {
  const scalars = new Set(scalarFunctions().map(({ name }) => name));
  return curves().flatMap((curve) =>
    ([0, 1, 2] as const).filter((order) => order > 0 || !scalars.has(curve.op)).map((order) => ({
      op: curve.op + "′".repeat(order),
      cases: (session: Session) => casesOf(curve, order, session),
    }))
  );
}

function curves(): readonly Curve[] {
  return ops().flatMap(({ name, kind, arity, differentiable }) => {
    const call = exportOf(name) as Op | undefined;
    if (kind !== "elementwise" || !differentiable || !call) return [];
    const points = gridOf(name, arity);
    return points ? [{ op: name, call, points }] : [];
  });
}

// Parameters keep their defaults.
function gridOf(name: string, arity: number): Grid | undefined {
  const { points, parameters = [] } = elementwise[name] ?? {};
  return points ?? [singles, pairs][arity - parameters.length - 1];
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
  const [values] = slopes(curve, 0, points, { backend: session.reference, dtype: "f64" });
  try {
    const arrays = await session.read(found),
      terms: Terms = {
        ...session.allowance(op, dtype),
        dtype,
        keeps: session.keeps,
        zeroSign: false,
      };
    let most = 0;
    // Where a device makes 0 of a subnormal value, so it may of a slope that is computed from it.
    const mayVanish = values.dataSync().map((y: number) => Number(y !== 0 && distance(0, y, terms) === 0));
    exact.forEach((expected, k) =>
      expected.dataSync().forEach((wanted: number, i: number) => {
        const got = arrays[k][i], apart = got === 0 && mayVanish[i] ? 0 : distance(got, wanted, terms);
        expect(apart <= terms.ulp, () =>
          `${show(got)}${placeOf(k, order, points.length)} at (${
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
    for (const x of [...found, ...exact, values]) x.dispose();
  }
}

// Which operands result `k` is the derivative by.
function placeOf(k: number, order: Order, count: number): string {
  if (order === 0) return "";
  return order === 1
    ? ` by operand ${k + 1}`
    : ` by operands ${Math.floor(k / count) + 1} and ${k % count + 1}`;
}

interface Place {
  readonly backend: Backend;
  readonly dtype: DType;
}

/** The value, the derivatives by each operand, or those by each and then by each. */
function slopes({ call }: Curve, order: Order, points: number[][], place: Place): Tensor[] {
  const gradient = (f: Op) => (...xs: Tensor[]): Tensor[] => {
    const [y, pull] = vjp((...at: Tensor[]) => sum(f(...at)), ...xs);
    return pull(onesLike(y));
  };
  return scope(() => {
    const xs = points.map((values) => tensor(values, place)), firsts = gradient(call);
    if (order === 0) return [call(...xs)];
    if (order === 1) return firsts(...xs);
    return xs.flatMap((_, i) => gradient((...at) => firsts(...at)[i])(...xs));
  });
}
