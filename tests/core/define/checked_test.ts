import {
  apply,
  applyAll,
  defineComposite,
  defineElementwise,
  defineOp,
  definePrimitive,
  e,
  map,
  type Primitive,
  registerKernel,
  runKernel,
  ShapeError,
  type Tensor,
  tensor,
  type TensorType,
  variable,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { backend } from "../../backend_traits.ts";

let made = 0;

/** What changes nothing, but for some of its rules, which may be wrong. */
function defined(own: object): Primitive<null> {
  const op: Primitive<null> = definePrimitive({
    name: `test.checked ${made++}`,
    infer: ([x]) => x,
    compose: (backend, inputs, outputs) =>
      runKernel(map, backend, inputs, outputs, { name: "same", exprs: outputs.map((_, i) => e.input(i)) }),
    batch: (inputs, axes) => ({ outputs: applyAll(op, inputs, null), axes }),
    ...own,
  }, { arity: 2 });
  return op;
}

const x = tensor([[1, 2], [3, 4]]);

Deno.test("a rule that is no function is refused where the op is declared", () => {
  const cases: readonly [() => unknown, string][] = [
    [() => defined({ infer: undefined }), "its infer is nothing, a function is needed"],
    [() => defined({ batch: undefined }), "its batch is nothing, a function is needed"],
    [() => defined({ vjp: 3 }), "its vjp is 3, a function is needed"],
    [() => defineElementwise("test.text", "x" as never), 'its expression is "x", a function is needed'],
    [() => defineOp("test.none", undefined as never), "its decomposition is nothing, a function is needed"],
    [
      () => defineComposite({ name: "test.half", infer: (types: never[]) => types[0] } as never),
      'Cannot define op "test.half": its decompose is nothing',
    ],
  ];
  for (const [call, message] of cases) assertThrows(call, TypeError, message);
});

Deno.test("what infer gives is a type, or the error says what it lacks", () => {
  const types: readonly [unknown, string][] = [
    [undefined, "its infer gave nothing; a type has shape, dtype and backend"],
    [{ ...x, shape: [] }, "its infer gave a type without backend"],
    [{ dtype: "f32" }, "its infer gave a type without shape and backend"],
    [[x, null], "its infer gave null"],
    [[], "its infer gave no types"],
  ];
  for (const [type, message] of types) {
    const infer = (): unknown => type;
    assertThrows(() => applyAll(defined({ infer }), [x], null), TypeError, message);
    const composite = defineComposite({
      name: `test.composite ${made++}`,
      infer: infer as never,
      decompose: (inputs) => inputs,
    });
    registerKernel(backend.name, composite.name, () => {});
    assertThrows(() => applyAll(composite, [x], null), TypeError, message);
  }
});

Deno.test("what vjp gives is a list of cotangents, one or null an input", async () => {
  const gives = (parts: unknown) => () => {
    const op = defined({ infer: ([a, b]: never[]) => [a, b], vjp: () => parts });
    const [y] = applyAll(op, [variable([1, 2]), variable([3, 4])], null);
    y.sum().backward();
  };
  assertThrows(
    gives(undefined),
    TypeError,
    "its vjp gave nothing, a list with one or null for each of its 2 inputs",
  );
  assertThrows(gives(x), TypeError, "its vjp gave a Tensor");
  assertThrows(gives([x]), TypeError, "its vjp gave 1 cotangents");
  assertThrows(gives([x, null]), ShapeError, "gave for input 0: f32 [2] on");
  assertThrows(gives([null, 2]), TypeError, "gave for input 1: a tensor is needed, this is a number");
  const op = defined({ vjp: ([ct]: never[]) => [ct] }), v = variable([1, 2]);
  apply(op, [v], null).sum().backward();
  assertEquals(await v.grad!.array(), [1, 1]);
});

Deno.test("what decompose gives is a list", () => {
  const bare = defineComposite({
    name: "test.bare",
    infer: ([x]) => x,
    decompose: ((all: never[]) => all[0]) as never,
  });
  assertThrows(
    () => apply(bare, [x], null),
    TypeError,
    "Cannot test.bare: its decompose gave a Tensor, a list of tensors",
  );
});

Deno.test("rules of a class are found where they are inherited", async () => {
  class Doubling {
    readonly name = "test.doubling";
    readonly #factor = 2;
    infer([type]: readonly TensorType[]): TensorType {
      return type;
    }
    decompose([t]: readonly Tensor[]): readonly Tensor[] {
      return [t.mul(this.#factor)];
    }
  }
  assertEquals(await apply(defineComposite(new Doubling()), [x], null).array(), [[2, 4], [6, 8]]);
});

Deno.test("a kernel that would never run is refused, with the reason", () => {
  const reasons: Readonly<Record<string, string>> = {
    matmull: "no op has that name",
    tanh: 'it is an expression, which the kernel of "map" runs',
    logSumExp: "it is a function of other ops, whose kernels run; declare it with defineComposite",
    permute: "it runs none",
    transfer: "it runs none",
  };
  for (const [op, reason] of Object.entries(reasons)) {
    assertThrows(
      () => registerKernel(backend.name, op, () => {}),
      TypeError,
      `Cannot register a kernel for "${op}" on ${backend.name}: ${reason}`,
    );
  }
  assertThrows(() => registerKernel(backend.name, "matmul", 3 as never), TypeError, "3 is no function");
});
