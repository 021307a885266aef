import * as kernels from "../../../backends/conformance/kernels.ts";
import { apply, defineElementwise, defineScalar, defineUpdate, e, Expr, tensor } from "@tapegrad/core";
import { evaluate, legalize, topological } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { map } from "../../../core/primitives/map.ts";
import { cast, constant } from "../../../core/expr/expr.ts";

const x = e.input(0), evil = "(globalThis.pwned=1,3)";

/** What no number, index, dtype or expression is. */
const strange: readonly unknown[] = [
  evil,
  "x0",
  "0",
  null,
  undefined,
  true,
  1n,
  [x],
  { valueOf: () => 1 },
  { kind: "constant", fn: null, args: [], value: evil, dtype: null, arity: 0, id: 0 },
  Object.create(Expr.prototype),
  Object.create(x),
  new Proxy(x, {}),
  Symbol("x0"),
  () => 1,
];

function pwned(): unknown {
  return (globalThis as { pwned?: unknown }).pwned;
}

Deno.test("constants are numbers, and no constant is an input", () => {
  for (const value of strange) {
    assertThrows(() => e.constant(value as never), TypeError, "a number is needed", String(typeof value));
  }
  const names = [e.constant(0), e.constant(-0), e.input(0), e.constant(NaN), e.constant(Infinity)].map((n) =>
    n.id
  );
  assertEquals(new Set(names).size, names.length);
  assertStrictEquals(e.constant(-0), e.constant(-0));
  assertStrictEquals(e.constant(NaN), e.constant(NaN));
});

Deno.test("inputs are counted from 0", () => {
  for (const index of ["0", -1, 1.5, NaN, Infinity, 2 ** 53, null, undefined, x, true]) {
    assertThrows(() => e.input(index as never), RangeError, "an index from 0 is needed");
  }
  assertStrictEquals(e.input(-0), x);
  assertEquals(Object.is(e.input(-0).value, 0), true);
});

Deno.test("casts are to dtypes", () => {
  for (const dtype of ["i64", evil, "toString", "__proto__", ["f32"], null, undefined, 3]) {
    assertThrows(() => e.cast(x, dtype as never), TypeError, "Cannot cast an expression to");
    assertThrows(() => cast(x, dtype as never), TypeError);
  }
});

Deno.test("operands are expressions and numbers, as many as a function takes", () => {
  for (const value of strange) {
    assertThrows(() => e.add(x, value as never), TypeError, "as an expression: build one with e");
    assertThrows(() => e.select(value as never, 1, 2), TypeError);
    assertThrows(() => e.cast(value as never, "f32"), TypeError);
    assertThrows(() => defineElementwise("forged", () => value as never), TypeError);
    assertThrows(() => defineUpdate("forged", () => value as never), TypeError);
    assertThrows(() => topological(value as never), TypeError);
  }
  assertThrows(
    () => (e.add as (...args: unknown[]) => void)(x),
    TypeError,
    "Cannot call add with 1 operand: it takes 2",
  );
  assertThrows(() => (e.exp as (...args: unknown[]) => void)(x, x), TypeError, "with 2 operands: it takes 1");
});

Deno.test("expressions cannot be made or changed from outside", () => {
  assertThrows(() =>
    new (Expr as never as new (...args: unknown[]) => Expr)(0, "constant", null, [], evil, null)
  );
  const mine = e.add(x, 1.25) as unknown as Record<string, unknown>;
  assertThrows(() => mine.value = evil, TypeError);
  assertThrows(() => mine.fn = null, TypeError);
  assertThrows(() => (mine.args as unknown[])[0] = evil, TypeError);
  assertThrows(() => (mine.fn as { name: string }).name = evil, TypeError);
});

Deno.test("a forged expression reaches no kernel, whichever way it comes", () => {
  // One that borrows the id of a real one would at most run the kernel of that.
  const forged = strange.filter((value) =>
    typeof value === "object" && value !== null && !("id" in value && value.id === x.id)
  ) as never[];
  const buffer = { shape: [], strides: [], offset: 0, dtype: "f64" as const };
  for (const codegen of [true, false]) {
    const backend = createCpuBackend({ name: "cpu", codegen });
    const view = { ...buffer, buffer: backend.allocate("f64", 1) };
    for (const expr of forged) {
      assertThrows(() => kernels.map(backend, expr, [view], view));
      assertThrows(() => kernels.reduce(backend, "sum", expr, [view], [], view));
      assertThrows(() => apply(map, [tensor([1])], { name: "forged", exprs: [expr] }));
    }
    assertThrows(() => kernels.map(backend, e.input(1), [view], view), RangeError, "it reads input 1");
  }
  assertThrows(
    () => apply(map, [tensor([1])], { name: "beyond", exprs: [e.input(1)] }),
    RangeError,
    "input 1",
  );
  assertEquals(pwned(), undefined);
});

Deno.test("what rules of a function from outside give is checked like the rest", () => {
  const facts = { arity: 1, result: "same", vjp: [null], evaluate: (v: number): number => v } as const;
  const folded = defineScalar({ ...facts, name: "foldedBadly", evaluate: () => evil as never });
  assertThrows(() => folded(3), TypeError, "Cannot make a constant of");
  const simplified = defineScalar({
    ...facts,
    name: "simplifiedBadly",
    simplify: () => ({ kind: "constant" }) as never,
  });
  assertThrows(() => simplified(x), TypeError, "as an expression");
  const expanded = defineScalar({ ...facts, name: "expandedBadly", expand: () => evil as never });
  assertThrows(
    () => legalize(expanded(x), ["f32"], { backend: "none", has: () => false }),
    TypeError,
    "as an expression",
  );
});

Deno.test("scalar functions are named by identifiers that mean nothing else", () => {
  const facts = { arity: 1, result: "same", vjp: [null], evaluate: (v: number): number => v } as const;
  const define = (name: unknown) => () => void defineScalar({ ...facts, name: name as string });
  const bad = [
    "",
    "two words",
    "a-b",
    "1st",
    "a.b",
    "a;alert(1)",
    "x(",
    "na\nme",
    "é",
    "__proto__",
    "$half",
    3,
    null,
  ];
  for (const name of bad) assertThrows(define(name), TypeError, "use an identifier");
  const used = [
    "class",
    "return",
    "fn",
    "f32",
    "bool",
    "x0",
    "t12",
    "a0",
    "p1",
    "s3",
    "NaN",
    "undefined",
    "await",
  ];
  for (const name of used) assertThrows(define(name), TypeError, "means something else in generated code");
  assertThrows(define("add"), Error, "the name is taken");
  assertThrows(define("evil\u001b[31m"), TypeError, '"evil\\u{1b}[31m"');
  const other = (facts: object) => () =>
    void defineScalar(
      { name: "misdeclared", arity: 1, result: "same", vjp: [null], evaluate: Math.cbrt, ...facts } as never,
    );
  assertThrows(other({ vjp: [] }), TypeError, "it has 0 gradient rules for 1 operands");
  assertThrows(other({ vjp: undefined }), TypeError, "gradient rules");
  assertThrows(other({ vjp: [3] }), TypeError, "rules are functions");
  assertThrows(other({ arity: 0, vjp: [] }), TypeError, "an integer from 1");
  assertThrows(other({ arity: "1" }), TypeError, "an integer from 1");
  assertThrows(other({ result: "int" }), TypeError, "choose one of same, float, select, f16");
  assertThrows(other({ evaluate: undefined }), TypeError, "rules are functions");
  assertThrows(other({ expand: evil }), TypeError, "rules are functions");
});

Deno.test("a function from outside may share a name with a helper of generated code", async () => {
  const facts = { arity: 1, result: "same", vjp: [null], expand: (v: Expr): Expr => e.mul(v, 10) } as const;
  const half = defineScalar({ ...facts, name: "half", evaluate: (v) => v * 10 });
  const settled = defineScalar({ ...facts, name: "isTrue", evaluate: (v) => v * 10 });
  const integer = defineScalar({ ...facts, name: "mulInteger", evaluate: (v) => v * 10 });
  const cases = [["half", half], ["isTrue", settled], ["mulInteger", integer]] as const;
  for (const [name, build] of cases) {
    const op = defineElementwise(
      `${name} of the test`,
      (v) => e.add(build(v), e.cast(e.cast(v, "f16"), "f32")),
    );
    assertEquals(await op(tensor([1, 3])).array(), [11, 33]);
  }
  const op = defineElementwise("wrapping", (v) => e.add(integer(v), e.mul(v, v)));
  assertEquals(await op(tensor([3], { dtype: "i32" })).array(), [39]);
});

Deno.test("evaluate and constants from inside still take every number", () => {
  for (const value of [0, -0, 1e300, NaN, Infinity, -Infinity, 5e-324]) {
    assertEquals(evaluate(e.add(x, constant(value)), [1]), 1 + value);
  }
});
