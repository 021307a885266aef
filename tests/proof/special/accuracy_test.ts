/** The smooth elementwise ops against mpmath over their whole domains, to at most 8 units of the last place. */
import { assert, assertEquals } from "@std/assert";
import { type Backend, polygamma, tensor } from "@tapegrad/core";
import { elementwise } from "../../../backends/conformance/ops/elementwise.ts";
import { floats } from "../../backend_traits.ts";
import { opOf } from "../../table/elementwise.ts";
import reference from "../reference/accuracy.json" with { type: "json" };
import { testOn } from "./backends.ts";
import { type Column, show, spacing } from "./compare.ts";
import { decode, type Encoded } from "./reference.ts";

type Rows = Readonly<Record<Column, readonly (readonly Encoded[])[]>>;

/** Operands, and the exact value. */
interface Point {
  readonly operands: readonly number[];
  readonly value: number;
}

const UNITS = 8, LEAST = 2 ** -126;

function pointsOf(rows: Rows, dtype: Column): Point[] {
  const columns: readonly Column[] = dtype === "f64" ? ["f32", "f64"] : ["f32"];
  return columns.flatMap((column) =>
    rows[column].map((row) => ({
      operands: row.slice(0, -1).map((x) => decode(x, column)),
      value: Number(row.at(-1)),
    }))
  ).filter(({ value }) => dtype === "f64" || Number.isFinite(Math.fround(value)));
}

/** Whether a device that takes subnormal numbers for 0 can tell the point from others. */
function isPlain({ operands, value }: Point): boolean {
  return [...operands, value].every((x) => x === 0 || Math.abs(x) >= LEAST);
}

/** For the even derivatives of digamma, which have zeros too, the terms that are left where the largest cancel. */
async function sizes(op: string, points: readonly Point[]): Promise<readonly number[]> {
  if (op !== "polygamma") return points.map(() => 0);
  const [n, x] = [0, 1].map((k) => points.map(({ operands }) => operands[k]));
  const rest = await polygamma(
    tensor(n, { dtype: "f64", backend: "cpu" }),
    tensor(x.map((v) => 1 - v), { dtype: "f64", backend: "cpu" }),
  ).data();
  return points.map((_, i) => n[i] % 2 === 0 && x[i] < 0 ? Math.abs(rest[i]) : 0);
}

/** Without f64 as many as the row says, if these are more. */
function unitsOf(op: string, { dtypes }: Backend): { readonly ulp: number; readonly floor: number } {
  const budget = elementwise[op].budget ?? UNITS,
    { ulp, floor = 0 } = typeof budget === "number" ? { ulp: budget } : budget;
  const isCoarse = !dtypes.has("f64") && op.startsWith("special.") && typeof ulp === "number";
  return isCoarse ? { ulp: Math.max(UNITS, ulp), floor } : { ulp: UNITS, floor: 0 };
}

async function faults(op: string, dtype: Column, backend: Backend): Promise<string[]> {
  const all = pointsOf((reference as unknown as Record<string, Rows>)[op], dtype);
  const points = backend.ieee ? all : all.filter(isPlain), terms = await sizes(op, points);
  const operands = points[0].operands.map((_, k) =>
    tensor(points.map((point) => point.operands[k]), { dtype, backend })
  );
  const found = await opOf(op)(...operands).data();
  return points.flatMap(({ operands, value }, i) => {
    const { ulp, floor } = unitsOf(op, backend);
    const units = ulp * spacing(Math.max(Math.abs(value), terms[i], floor), dtype);
    const allowed = Math.max(units, elementwise[op].granted?.(dtype, ...operands) ?? 0);
    if (Math.abs(found[i] - value) <= allowed) return [];
    return [`${op}(${operands.map(show)}) is ${show(found[i])}, not ${show(value)}`];
  });
}

for (const op of Object.keys(reference)) {
  for (const dtype of floats) {
    testOn(`${op} is within 8 units of the exact value`, dtype, async (backend) => {
      assertEquals(await faults(op, dtype, backend), []);
    });
  }
}

Deno.test("every op of the fixture is ours, and has points in each dtype", () => {
  for (const [op, rows] of Object.entries(reference)) {
    assert(opOf(op) && rows.f32.length > 20 && rows.f64.length > 20, op);
  }
});
