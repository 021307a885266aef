import {
  BackendError,
  castNumber,
  type DType,
  DtypeError,
  e,
  evaluate,
  type Expr,
  type Knows,
  legalize,
  type ScalarFunction,
  scalarFunctions,
  topological,
  typesOf,
} from "@tapegrad/core";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";

const [x, y] = [0, 1].map(e.input);
const builders = e as unknown as Readonly<Record<string, (...args: (Expr | number)[]) => Expr>>;

function knowing(has: (fn: ScalarFunction, dtype: DType) => boolean): Knows {
  return { backend: "pocket", has };
}

const basic = knowing((fn) => !fn.expand), all = knowing(() => true);

function text(expr: Expr, dtypes: readonly DType[], knows: Knows = all): string {
  return String(legalize(expr, dtypes, knows));
}

Deno.test("functions are expanded until all are known, also inside expansions", () => {
  const root = e.softplus(e.sigmoid(x));
  assert(topological(legalize(root, ["f32"], basic)).every((n) => !n.fn?.expand));
  const some = legalize(root, ["f32"], knowing((fn) => fn.name === "sigmoid" || !fn.expand));
  assertEquals(topological(some).filter((n) => n.fn?.expand).map((n) => n.fn!.name), ["sigmoid"]);
  assertStrictEquals(legalize(root, ["f32"], all), root);
});

Deno.test("operands become the dtype that a function takes, and constants stay numbers", () => {
  assertEquals(text(e.softplus(x), ["u32"]), "softplus(f32(x0))");
  assertEquals(text(e.div(x, e.add(y, 1)), ["i32", "bool"]), "div(f32(x0), f32(add(x1, 1)))");
  assertEquals(text(e.atan2(x, y), ["f16", "i32"]), "atan2(x0, x1)");
  assertEquals(text(e.and(x, e.lt(y, 2)), ["i32", "u32"]), "and(bool(x0), lt(x1, 2))");
  assertEquals(text(e.mul(x, e.sqrt(y)), ["i32", "i32"]), "mul(x0, sqrt(f32(x1)))");
});

Deno.test("operands of an expansion are converted before they are repeated in it", () => {
  const legal = legalize(e.softsign(x), ["i32"], basic);
  assertEquals(String(legal), "div(f32(x0), add(1, abs(f32(x0))))");
  assertEquals([...typesOf(legal, ["i32"]).values()], ["i32", "f32", "f32", "f32", "f32", "f32"]);
});

Deno.test("a backend is asked by the dtype that a call is computed in", () => {
  const asked: string[] = [];
  const knows = knowing((fn, dtype) => asked.push(`${fn.name} ${dtype}`) > 0);
  legalize(e.select(e.lt(x, 0.5), e.not(y), e.add(x, 1)), ["u32", "i32"], knows);
  assertEquals(asked.toSorted(), ["add u32", "lt f32", "not bool", "select u32"]);
});

Deno.test("a function that is not known and has no expansion is an error with its dtype and the backend", () => {
  const knows = knowing((fn, dtype) => !(fn.name === "exp" && dtype === "f64") && fn.name !== "sigmoid");
  assertStrictEquals(legalize(e.exp(x), ["f32"], knows), e.exp(x));
  assertThrows(
    () => legalize(e.sigmoid(x), ["f64"], knows),
    BackendError,
    'Cannot compute "exp" of f64 on pocket: it has no such function, define it with `expand`',
  );
});

Deno.test("integers of different sign have no common dtype to be compared in", () => {
  assertThrows(() => legalize(e.lt(x, y), ["i32", "u32"], all), DtypeError);
});

Deno.test("what was made legal once is found again, per backend and dtypes", () => {
  let count = 0;
  const counting = (): Knows => knowing(() => ++count > 0);
  const root = e.sin(e.mul(x, 17)), one = counting();
  legalize(root, ["f32"], one);
  const once = count;
  legalize(root, ["f32"], one);
  assertEquals(count, once);
  legalize(root, ["f64"], one);
  legalize(root, ["f32"], counting());
  assertEquals(count, 3 * once);
});

const kinds: readonly DType[] = ["f16", "f32", "f64", "i32", "u32", "bool"];

/** Calls of a function on each dtype, on a mixture and on a number beyond most dtypes. */
function* callsOf({ name, arity }: ScalarFunction): Generator<[Expr, DType[]]> {
  const inputs = Array.from({ length: arity }, (_, i) => e.input(i)), call = builders[name];
  for (const dtype of kinds) yield [call(...inputs), inputs.map(() => dtype)];
  yield [call(...inputs), inputs.map((_, i) => i % 2 === 0 ? "i32" : "f16")];
  if (arity > 1) yield [call(x, ...inputs.slice(1).map((_, i) => 0.5 + i)), ["f16"]];
}

for (const fn of scalarFunctions().filter(({ name }) => name in builders && name !== "polygamma")) {
  Deno.test(`${fn.name} on elements of dtypes is evaluated as it is legalized`, () => {
    for (const [root, dtypes] of callsOf(fn)) {
      const legal = legalize(root, dtypes, all);
      for (const [a, b, c] of [[0.1, 3, 2.7], [-5.3, 2, 0.4], [70_000, -1, 7], [1, 1, 1]]) {
        const values = dtypes.map((dtype, i) => castNumber([a, b, c][i], dtype));
        assertEquals(evaluate(root, values, dtypes), evaluate(legal, values, dtypes), `${root} of ${dtypes}`);
      }
    }
  });
}

Deno.test("a number beyond an integer dtype is compared as it is", () => {
  assertEquals(
    [[e.lt, 3e9, 1], [e.gt, -3e9, 1], [e.ge, 3e9, 0]].map(([f, n, wanted]) =>
      evaluate((f as typeof e.lt)(x, n as number), [5], ["i32"]) === wanted
    ),
    [true, true, true],
  );
});
