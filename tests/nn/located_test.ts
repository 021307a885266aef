/** An error in a layer says where in the model it was. */
import { DtypeError, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import { Linear, Module, Sequential, Tanh } from "@tapegrad/nn";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

class Block extends Module {
  readonly norm = new Tanh();
  readonly layers = [new Linear(3, 2), new Linear(4, 1)];

  override forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => layer.forward(y), this.norm.forward(x));
  }
}

class Squared extends Module {
  override forward(x: Tensor): Tensor {
    return x.matmul(x);
  }
}

class Model extends Module {
  readonly encoder = new Sequential(new Block(), new Squared());

  override forward(x: Tensor): Tensor {
    return this.encoder.forward(x);
  }
}

Deno.test("a wrong shape names the layer by its path in the model that was called, and what it wants and got", () => {
  const model = new Model();
  const error = assertThrows(() => model.forward(zeros([5, 7])), ShapeError);
  const message = "Cannot apply encoder.0.layers.0: Linear(3, 2) to [5, 7]: the last extent must be 3";
  assertEquals(error.message, message);
  assert(error.stack?.startsWith(`ShapeError: ${message}\n`), error.stack);
  assertThrows(
    () => model.forward(zeros([5, 3])),
    ShapeError,
    "apply encoder.0.layers.1: Linear(4, 1) to [5, 2]",
  );
  assertThrows(() => model.encoder.forward(zeros([1])), ShapeError, "apply 0.layers.0: Linear(3, 2) to [1]");
  assertThrows(() => model.encoder[0].forward(zeros([1])), ShapeError, "apply layers.0: Linear(3, 2) to [1]");
});

Deno.test("what is no tensor is refused under the same path", () => {
  assertThrows(
    () => new Sequential(new Linear(2, 1)).forward([1] as never),
    TypeError,
    "Cannot apply 0: Linear(2, 1) to an array of 1: a tensor is needed",
  );
});

Deno.test("what a function refuses in a layer without a word of its own says where, too", () => {
  const row = new Sequential(new Tanh(), new Squared());
  const error = assertThrows(() => row.forward(zeros([4, 2])), ShapeError);
  assertEquals(error.message, "Cannot matmul [4, 2] and [4, 2]: inner extents are 2 and 4, in 1: Squared");
  assertEquals(error.detail.op, "matmul");
  const alone = assertThrows(() => new Squared().forward(zeros([4, 2])), ShapeError);
  assert(alone.message.endsWith("are 2 and 4"));
});

Deno.test("an error of the user's own, and one that was caught, stay as they are", () => {
  const own = new RangeError("no");
  class Thrower extends Module {
    override forward(): Tensor {
      throw own;
    }
  }
  class Catcher extends Module {
    readonly inner = new Squared();

    override forward(x: Tensor): Tensor {
      try {
        return this.inner.forward(x);
      } catch {
        return x;
      }
    }
  }
  assertStrictEquals(assertThrows(() => new Sequential(new Thrower()).forward(zeros([1]))), own);
  assertEquals(own.message, "no");
  const x = zeros([4, 2]);
  assertStrictEquals(new Sequential(new Catcher()).forward(x), x);
});

Deno.test("a forward that calls that of its superclass, and one in a field, are called once", () => {
  const calls: string[] = [];
  class Base extends Module {
    override forward(x: Tensor): Tensor {
      calls.push("base");
      return x;
    }
  }
  class Derived extends Base {
    override forward(x: Tensor): Tensor {
      calls.push("derived");
      return super.forward(x);
    }
  }
  class Field extends Module {
    override forward = (x: Tensor): Tensor => {
      calls.push("field");
      return x;
    };
  }
  for (const module of [new Base(), new Derived(), new Field()]) module.forward(zeros([1]));
  assertEquals(calls, ["base", "derived", "base", "field"]);
});

Deno.test("a dtype that is refused says where", () => {
  class Bits extends Module {
    override forward(x: Tensor): Tensor {
      return x.bitwiseAnd(1);
    }
  }
  assertThrows(() => new Sequential(new Bits()).forward(tensor([1.5])), DtypeError, ", in 0: Bits");
});
