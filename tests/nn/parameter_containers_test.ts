/** Lists and dictionaries of parameters, as PyTorch has them. */
import { IndexError, ones, read, type Tensor, tensor, variable } from "@tapegrad/core";
import { functionalCall, Module, ParameterDict, ParameterList } from "@tapegrad/nn";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

Deno.test("a list has its parameters under their positions, and makes parameters of tensors", async () => {
  const own = variable([1, 2]),
    list = new ParameterList([own, ones([2])]).append(tensor(3)).extend([ones([])]);
  assertEquals([...list.namedParameters().keys()], ["0", "1", "2", "3"]);
  assertStrictEquals(list.at(0), own);
  assertEquals([list.length, list.at(-2).requiresGrad, list.at(-2).isLeaf], [4, true, true]);
  list.loadStateDict({ ...list.stateDict(), 2: tensor(7) });
  assertEquals(await list.at(2).item(), 7);
  let sum: Tensor = tensor(0);
  for (const each of list) sum = sum.add(each.square().sum());
  sum.backward();
  assertEquals([...(await read([own.grad!]))[0]], [2, 4]);
  list.to("f16");
  assertEquals(list.at(1).dtype, "f16");
});

Deno.test("a dictionary has them under their names", () => {
  const own = variable(1), dict = new ParameterDict({ left: own }).set("right", tensor(2));
  dict.update(new Map([["up", tensor(3)]]));
  assertEquals([...dict.keys()], ["left", "right", "up"]);
  assertEquals(Object.keys(dict.stateDict()), ["left", "right", "up"]);
  assertStrictEquals(dict.get("left"), own);
  assertEquals([dict.size, dict.has("up"), dict.delete("up"), dict.has("up")], [3, true, true, false]);
  assertEquals([...dict].map(([name, value]) => [name, value.requiresGrad]), [["left", true], [
    "right",
    true,
  ]]);
  assertEquals([...dict.values()].length, 2);
});

class Both extends Module {
  readonly list = new ParameterList([tensor(2)]);
  readonly dict = new ParameterDict({ x: tensor(3) });

  override forward(x: Tensor): Tensor {
    return x.mul(this.list.at(0)).add(this.dict.get("x")!);
  }
}

Deno.test("a module finds what is in them", async () => {
  const model = new Both();
  assertEquals([...model.namedParameters().keys()], ["list.0", "dict.x"]);
  assertEquals(await model.forward(tensor(5)).item(), 13);
  assertEquals(
    await functionalCall(model, { "list.0": tensor(10), "dict.x": tensor(1) }, [tensor(5)]).item(),
    51,
  );
  assertEquals(await model.forward(tensor(5)).item(), 13);
});

Deno.test("what is none is refused", () => {
  const list = new ParameterList([tensor(1)]), dict = new ParameterDict();
  assertThrows(() => list.append(1 as never), TypeError, "a tensor is needed, this is 1");
  for (const position of [1, -2, 0.5]) assertThrows(() => list.at(position), IndexError, "it has 1");
  assertThrows(() => dict.set("a.b", tensor(1)), TypeError, "without dots");
  assertThrows(() => dict.set("a", [1] as never), TypeError, 'Cannot put "a" into a ParameterDict');
  for (const each of [list, dict]) assertThrows(() => each.forward(), TypeError, "it holds parameters");
});
