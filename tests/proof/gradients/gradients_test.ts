import {
  complex,
  fft,
  isFloating,
  linalg,
  masked,
  ops,
  polynomial,
  random,
  read,
  sum,
  windows,
} from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import * as others from "../../../core/ops/functions.ts";
import * as functions from "../../../core/ops/mod.ts";
import { precision } from "../../backend_traits.ts";
import { checkDerivatives, checkFlows, checkForward, checkSymmetry, leaves } from "./checks.ts";
import { differentiable, exempt, notOps, type Row, table, title } from "../../table/table.ts";

const inTable = new Set(table.map((row) => row.op));

Deno.test("every registered op has a row or a reason to have none", () => {
  const names = ops().map((op) => op.name);
  const mend = "give each samples, in backends/conformance/ops or tests/table, where CONTRIBUTING.md says";
  assertEquals(names.filter((name) => !inTable.has(name) && !(name in exempt)), [], mend);
  assertEquals(Object.keys(exempt).filter((name) => !names.includes(name) || inTable.has(name)), []);
});

Deno.test("every exported function is in ops(), or is said to be no op", () => {
  const listed = new Set(ops().map((op) => op.name));
  const names = Object.keys(functions);
  const mend = "declare each with defineOp, or name it in registerFunctions";
  assertEquals(names.filter((name) => !listed.has(name) && !(name in notOps)), [], mend);
  assertEquals(Object.keys(notOps).filter((name) => !names.includes(name) || listed.has(name)), []);
});

Deno.test("every function of a namespace is in ops(), or is one of core by another name", () => {
  const listed = new Set(ops().map((op) => op.name)),
    own = new Set<unknown>(Object.values({ ...functions, ...others }));
  const names = Object.entries({ complex, fft, linalg, masked, polynomial, random, windows }).flatMap((
    [space, members],
  ) =>
    Object.entries(members).flatMap(([name, value]) =>
      own.has(value) || isClass(value) ? [] : [`${space}.${name}`]
    )
  );
  assertEquals(names.filter((name) => !listed.has(name)), [], "declare each with defineOp");
});

function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(String(value));
}

Deno.test("every row names an op, once", () => {
  const known = new Set(ops().map((op) => op.name));
  assertEquals([...inTable].filter((name) => !known.has(name)), []);
  const titles = table.map(title);
  assertEquals(titles.filter((name, i) => titles.indexOf(name) !== i), []);
});

Deno.test("what ops() says of gradients is what the table shows", () => {
  const flows = new Set(
    table.filter((row) => row.why === undefined || row.flat || row.held).map((row) => row.op),
  );
  const shown = ops().filter((op) => inTable.has(op.name));
  const wrong = shown.filter((op) => op.differentiable !== flows.has(op.name));
  assertEquals(wrong.map((op) => op.name), []);
});

for (const row of differentiable) {
  Deno.test(`gradients of ${title(row)}`, async () => {
    checkFlows(row);
    await checkDerivatives(row);
    if (precision === "f32") return;
    await checkForward(row);
    await checkSymmetry(row);
  });
}

function checkNothingFlows(row: Row): void {
  const inputs = leaves(row);
  for (const y of [row.call(...inputs)].flat()) assert(!y.requiresGrad, "a gradient flows");
}

async function checkZero(row: Row): Promise<void> {
  const inputs = leaves(row);
  for (const y of [row.call(...inputs)].flat()) {
    assert(isFloating(y.dtype) && y.requiresGrad);
    sum(y).backward();
  }
  for (const slopes of await read(inputs.map((x) => x.grad!))) {
    assert(slopes.every((g: number) => g === 0), "the gradient is not zero");
  }
}

for (const row of table.filter((row) => row.why !== undefined)) {
  Deno.test(`no gradient through ${title(row)}`, () => row.flat ? checkZero(row) : checkNothingFlows(row));
}
