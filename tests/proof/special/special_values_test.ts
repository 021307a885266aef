import { assert, assertEquals } from "@std/assert";
import * as core from "@tapegrad/core";
import { type Backend, ones, read, tensor } from "@tapegrad/core";
import { elementwise as rows } from "../../../backends/conformance/ops/elementwise.ts";
import { floats } from "../../backend_traits.ts";
import { opOf } from "../../table/elementwise.ts";
import { testOn } from "./backends.ts";
import { type Column, granted, isNear, show } from "./compare.ts";
import { absent, type Exception, exceptions } from "./elementwise_exceptions.ts";
import { type Answer, caseOf, corrected, elementwise, keyOf, type Point } from "./reference.ts";

const columns: readonly Column[] = ["f64", "f32"];

for (const op of elementwise.filter((name) => !(name in absent))) {
  for (const dtype of floats) {
    testOn(`${op} answers as PyTorch`, dtype, async (backend) => {
      assert(rows[op]?.special, `the row of ${op} does not say how far from PyTorch it may be`);
      const wrong = await differences(op, dtype, backend);
      assertEquals(wrong, []);
    });
  }
}

async function differences(op: string, dtype: Column, backend: Backend): Promise<string[]> {
  const { inputs, answers } = caseOf(op, dtype);
  const wanted = new Set(answers.map((a) => a.operand));
  const xs = inputs.map((x, i) => tensor(x, { dtype, backend, requiresGrad: wanted.has(i) }));
  const y = opOf(op)(...xs);
  if (wanted.size > 1) y.backward({ gradient: ones(y.shape, { dtype, backend }) });
  assertEquals(y.requiresGrad, wanted.size > 1);
  const ours = await read(answers.map(({ operand }) => operand === null ? y : xs[operand].grad!));
  return answers.flatMap((answer, k) =>
    answer.points.flatMap((point, i) => {
      const got = ours[k][i];
      return agrees(got, op, answer, point, dtype, backend) ? [] : [describe(got, answer, point)];
    })
  );
}

function agrees(
  got: number,
  op: string,
  { column }: Answer,
  point: Point,
  dtype: Column,
  backend: Backend,
): boolean {
  const special = rows[op].special!, exception = exceptionFor(op, column, point, dtype);
  const size = Math.abs(special.size?.[column]?.(point.inputs[0]) ?? 0);
  const tolerance = granted(backend, { units: special[dtype], size });
  const candidates = [point.theirs, point.exact, exception?.ours].filter((x) => x !== undefined);
  return candidates.some((x) => isNear(got, x, dtype, tolerance));
}

function exceptionFor(op: string, column: string, { inputs }: Point, dtype: Column): Exception | undefined {
  return exceptions.find((e) =>
    e.op === op && e.column === column && (e.dtype ?? dtype) === dtype && isAt(e)
  );

  function isAt({ inputs: at }: Exception): boolean {
    return keyOf(at.map((x) => dtype === "f32" ? Math.fround(x) : x)) === keyOf(inputs);
  }
}

function describe(got: number, { column }: Answer, { inputs, theirs, exact }: Point): string {
  const better = exact === undefined ? "" : `, exact ${show(exact)}`;
  return `${column} at (${inputs.map(show).join(", ")}): ${show(got)}, PyTorch ${show(theirs)}${better}`;
}

Deno.test("no row and no list speaks of special values that the reference does not have", () => {
  const said = Object.keys(rows).filter((op) => rows[op].special);
  assertEquals(said.filter((op) => !elementwise.includes(op)), []);
  assertEquals(
    Object.keys(absent).filter((op) => !elementwise.includes(op) || op in rows || op in core),
    [],
  );
});

Deno.test("an answer that PyTorch shares, or none has, is no exception", () => {
  const stale = exceptions.filter((e) => {
    const dtypes = e.dtype ? [e.dtype] : columns;
    return !dtypes.every((dtype) =>
      caseOf(e.op, dtype).answers.some((a) =>
        a.points.some((p) => exceptionFor(e.op, a.column, p, dtype) === e && !Object.is(p.theirs, e.ours))
      )
    );
  });
  assertEquals(stale, []);
});

Deno.test("an op that is better than PyTorch says why", () => {
  assertEquals(corrected.filter((op) => rows[op]?.special?.why === undefined), []);
});
