/** Running statistics after a pass, beside those that PyTorch 1.13 has. */
import "@tapegrad/backends";
import { memory, tensor } from "@tapegrad/core";
import { BatchNorm1d, BatchNorm2d, InstanceNorm1d, Linear, Sequential } from "@tapegrad/nn";
import { updateBn } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";

Deno.test("statistics are the plain means of those of the batches, and what else there was stays", async () => {
  const layer = new BatchNorm1d(2, { momentum: 0.7 }), model = new Sequential(layer, new Linear(2, 1)).eval();
  layer.running_mean!.assign(100);
  updateBn([[tensor([[0, 1], [2, 5]]), tensor([1])], tensor([[4, 1], [8, 1], [0, 1]])], model);
  assertEquals(await layer.running_mean!.array(), [2.5, 2]);
  assertEquals(await layer.running_var!.array(), [9, 4]);
  assertEquals([await layer.num_batches_tracked!.item(), layer.momentum, model.training], [2, 0.7, false]);
  assertEquals(layer.weight!.grad, null);
});

Deno.test("a model without batch normalisation is not run, and instance normalisation is left alone", () => {
  const refuse = {
    [Symbol.iterator](): Iterator<never> {
      throw new Error("read");
    },
  };
  updateBn(refuse, new Linear(2, 1));
  updateBn(refuse, new InstanceNorm1d(2, { trackRunningStats: true }));
});

Deno.test("after an error all is as it was, and a pass leaves nothing behind", () => {
  const layer = new BatchNorm2d(1, { momentum: 0.2 }).eval(), batch = tensor([[[[1, 2]]]]);
  assertThrows(() => updateBn([batch, tensor([1])], layer), Error, "Cannot apply BatchNorm2d(1) to [1]");
  assertThrows(() => updateBn([[3] as never], layer), TypeError, "Cannot update statistics by");
  assertEquals([layer.momentum, layer.training], [0.2, false]);
  updateBn([batch], layer);
  const before = memory();
  updateBn([batch], layer);
  assertEquals(memory(), before);
});
