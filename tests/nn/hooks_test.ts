/** Hooks: `forward` is called by users themselves, so it is where hooks are reached. */
import { Tensor, tensor, variable, vmap, zeros } from "@tapegrad/core";
import { Linear, Module, Sequential, Tanh } from "@tapegrad/nn";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

class Sum extends Module<readonly [a: Tensor, b: Tensor]> {
  override forward(a: Tensor, b: Tensor): Tensor {
    return a.mul(3).add(b);
  }
}

class Twins extends Module<readonly [Tensor], readonly [Tensor, Tensor]> {
  override forward(x: Tensor): readonly [Tensor, Tensor] {
    return [x.mul(2), x.mul(5)];
  }
}

/** What tensors in lists hold; hooks run at once, and a device may answer later. */
async function values(tree: unknown): Promise<unknown> {
  if (Array.isArray(tree)) return await Promise.all(tree.map(values));
  return tree instanceof Tensor ? await tree.array() : tree;
}

Deno.test("forward hooks see the inputs and the output, and replace them, in order", async () => {
  const sum = new Sum(), seen: unknown[] = [];
  sum.registerForwardPreHook((_, [a, b]) => {
    seen.push("pre 1");
    return [a.add(1), b];
  });
  sum.registerForwardPreHook((module, [a]) => {
    assertStrictEquals(module, sum);
    seen.push(["pre 2", a]);
  });
  sum.registerForwardHook((_, [a, b], y) => {
    seen.push(["post 1", a, b, y]);
    return y.mul(10);
  });
  sum.registerForwardHook((_, _inputs, y) => void seen.push(["post 2", y]));
  sum.registerForwardHook(() => void seen.push("post 0"), { prepend: true });
  assertEquals(await sum.forward(tensor(1), tensor(4)).item(), 100);
  const expected = ["pre 1", ["pre 2", 2], "post 0", ["post 1", 2, 4, 10], ["post 2", 100]];
  assertEquals(await values(seen), expected);
});

Deno.test("a hook of one input may return it alone", async () => {
  const tanh = new Tanh();
  tanh.registerForwardPreHook(() => tensor([0]));
  assertEquals(await tanh.forward(tensor([5])).array(), [0]);
});

Deno.test("a module without hooks is as if it never had any", () => {
  const layer = new Linear(2, 2), before = layer.forward, keys = Object.keys(layer);
  const handles = [layer.registerForwardHook(() => {}), layer.registerFullBackwardHook(() => {})];
  assert(Object.hasOwn(layer, "forward"));
  assertEquals(Object.keys(layer), keys);
  assertEquals(Object.keys(layer.stateDict()), ["weight", "bias"]);
  handles[0]();
  handles[0]();
  handles[1].remove();
  assertStrictEquals(layer.forward, before);
  assert(!Object.hasOwn(layer, "forward"));
  {
    using _handle = layer.registerForwardPreHook(() => {});
    assert(Object.hasOwn(layer, "forward"));
  }
  assert(!Object.hasOwn(layer, "forward"));
});

Deno.test("a forward in a field is hooked and comes back", () => {
  class Field extends Module {
    override forward = (x: Tensor): Tensor => x;
  }
  const module = new Field(), before = module.forward;
  let calls = 0;
  const handle = module.registerForwardHook(() => void calls++);
  module.forward(zeros([1]));
  handle.remove();
  module.forward(zeros([1]));
  assertEquals([calls, module.forward === before, Object.keys(module).includes("forward")], [1, true, true]);
});

Deno.test("a backward hook sees gradients of inputs and outputs, one an argument, and replaces those of inputs", async () => {
  const sum = new Sum(), a = variable(2), seen: unknown[] = [];
  sum.registerFullBackwardHook((module, gradInput, gradOutput) => {
    assertStrictEquals(module, sum);
    seen.push([gradInput, gradOutput]);
    return [gradInput[0]!.mul(10), null];
  });
  sum.registerFullBackwardPreHook((_, gradOutput) => [gradOutput[0]!.mul(7)]);
  const y = sum.forward(a, tensor(1));
  y.mul(2).backward({ retainGraph: true });
  y.mul(2).backward();
  assertEquals(await values(seen), [[[42, null], [14]], [[42, null], [14]]]);
  assertEquals(await a.grad!.item(), 840);
});

Deno.test("a backward hook has the gradients of the module alone, not of the tensors", async () => {
  const twins = new Twins(), x = variable(1), seen: unknown[] = [];
  twins.registerFullBackwardHook((_, gradInput, gradOutput) => {
    seen.push([gradInput, gradOutput]);
  });
  const [a, b] = twins.forward(x);
  a.add(b.mul(0.5)).add(x.mul(100)).backward();
  assertEquals(await values(seen), [[[4.5], [1, 0.5]]]);
  assertEquals(await x.grad!.item(), 104.5);
});

Deno.test("outputs that no gradient reaches are null, and so are inputs that have none", async () => {
  const twins = new Twins(), layer = new Linear(1, 1), seen: unknown[] = [];
  twins.registerFullBackwardHook((_, gradInput, gradOutput) => void seen.push([gradInput, gradOutput]));
  twins.forward(variable(1))[1].backward();
  layer.registerFullBackwardHook((_, gradInput, gradOutput) => void seen.push([gradInput, gradOutput]));
  layer.forward(zeros([1])).sum().backward();
  assertEquals(await values(seen), [[[5], [null, 1]], [[null], [[1]]]]);
});

Deno.test("gradients of gradients pass backward hooks", async () => {
  const model = new Sequential(new Tanh()), x = variable(0.5);
  let calls = 0;
  model[0].registerFullBackwardHook(() => void calls++);
  model.forward(x).backward({ createGraph: true });
  const first = x.grad!;
  x.setGrad(null);
  first.backward();
  const y = Math.tanh(0.5), found = await x.grad!.item();
  assert(Math.abs(found - -2 * y * (1 - y * y)) < 1e-6, `${found}`);
  assert(calls >= 1);
});

Deno.test("hooks work under vmap, and where nothing is recorded", async () => {
  const tanh = new Tanh();
  tanh.registerForwardHook((_, _inputs, y) => y.add(1));
  tanh.registerFullBackwardHook(() => {});
  assertEquals(await vmap((x: Tensor) => tanh.forward(x))(zeros([3])).array(), [1, 1, 1]);
});

Deno.test("what a hook returns is checked", () => {
  const tanh = new Tanh();
  assertThrows(() => tanh.registerForwardHook(3 as never), TypeError, "Cannot hook a module with 3");
  tanh.registerFullBackwardHook(() => [null, null]);
  assertThrows(() => tanh.forward(variable(1)).backward(), TypeError, "needed for each of 1");
});
