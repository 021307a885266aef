/** What is to be known of an op stands in its row, and nowhere else. */
import { assert, assertEquals } from "@std/assert";
import { ops } from "@tapegrad/core";
import { otherBudgets } from "../../backends/conformance/budgets.ts";
import { composites } from "../../backends/conformance/ops/composites.ts";
import { elementwise, torchNames } from "../../backends/conformance/ops/elementwise.ts";
import { otherExceptionOf } from "../proof/parity/tolerance.ts";
import { elementwiseOps } from "./elementwise.ts";
import { table } from "./table.ts";

const names = elementwiseOps.map(({ name }) => name);

Deno.test("every elementwise op has a row, and every row names one", () => {
  const mend = "add one of each to a file of backends/conformance/ops, as in cube: { budget: 2 }";
  assertEquals(names.filter((name) => !Object.hasOwn(elementwise, name)), [], mend);
  assertEquals(Object.keys(elementwise).filter((name) => !names.includes(name)), []);
});

Deno.test("a row of a composite names an op that is not elementwise", () => {
  const others = ops().filter(({ kind }) => kind !== "elementwise").map(({ name }) => name);
  assertEquals(Object.keys(composites).filter((name) => !others.includes(name)), []);
});

Deno.test("no other list says how far off an elementwise op may be", () => {
  assertEquals(names.filter((name) => [0, 1, 2].some((k) => name + "′".repeat(k) in otherBudgets)), []);
  assertEquals(names.flatMap(torchNames).filter(otherExceptionOf), []);
  const told = table.filter(({ first, second, single }) => first ?? second ?? single).map(({ op }) => op);
  assertEquals(told.filter((op) => op in elementwise), []);
});

Deno.test("an interval is asked for an operand, parameters for those after the first", () => {
  for (const { name, arity } of elementwiseOps) {
    const { domain, parameters = [] } = elementwise[name] ?? {};
    assert(!Array.isArray(domain) || domain.length <= arity, name);
    assert(parameters.length < arity, name);
  }
});
