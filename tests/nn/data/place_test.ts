/** Where a loader is in its epochs, and going on from there. */
import { arange, key, keyTensor, undone } from "@tapegrad/core";
import { DataLoader, type DataLoaderOptions, type DataLoaderState, TensorDataset } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertThrows } from "@std/assert";

const LENGTH = 10;

function loader(options: DataLoaderOptions = {}, length = LENGTH): DataLoader {
  return new DataLoader(new TensorDataset(arange(length, undefined, { backend: "cpu" })), {
    batchSize: 3,
    shuffle: true,
    key: key(7),
    ...options,
  });
}

function batchesOf(loader: DataLoader): unknown[] {
  return [...loader].map(([x]) => x.arraySync());
}

function throughJSON(state: DataLoaderState): DataLoaderState {
  return JSON.parse(JSON.stringify(state));
}

Deno.test("from any batch of any epoch a loader goes on as if it had not stopped", () => {
  for (const options of [{}, { shuffle: false }, { dropLast: true }]) {
    const whole = loader(options), epochs = [0, 1, 2].map(() => batchesOf(whole));
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let batch = 0; batch <= whole.length; batch++) {
        const stopped = loader(options), resumed = loader({ ...options, key: key(99) });
        for (let i = 0; i < epoch; i++) batchesOf(stopped);
        const batches = stopped[Symbol.iterator]();
        for (let i = 0; i < batch; i++) batches.next();
        const state = throughJSON(stopped.stateDict());
        assertEquals([state.epoch, state.batch], [epoch, batch]);
        resumed.loadStateDict(state);
        assertEquals(resumed.stateDict(), state);
        if (batch > 0) assertEquals(batchesOf(resumed), epochs[epoch].slice(batch));
        for (const later of epochs.slice(batch > 0 ? epoch + 1 : epoch)) {
          assertEquals(batchesOf(resumed), later);
        }
        assertEquals([resumed.epoch, resumed.stateDict()], [3, whole.stateDict()]);
      }
    }
  }
});

Deno.test("a loop that was left is where it was left, and the same loader begins its next epoch", () => {
  const a = loader(), b = loader(), whole = loader(), first = batchesOf(whole);
  for (const _ of a) break;
  b.loadStateDict(a.stateDict());
  assertEquals(batchesOf(b), first.slice(1));
  const second = batchesOf(whole);
  assertEquals([batchesOf(a), batchesOf(b)], [second, second]);
});

Deno.test("of two iterations at once the later one tells the place", () => {
  const one = loader(), early = one[Symbol.iterator](), late = one[Symbol.iterator]();
  early.next();
  late.next();
  early.next();
  const { epoch, batch } = one.stateDict();
  assertEquals([epoch, batch], [1, 1]);
  for (const _ of early);
  assertEquals(one.stateDict().batch, 1);
});

Deno.test("what is undone leaves the place as it was", () => {
  const one = loader(), before = one.stateDict();
  undone(() => void batchesOf(one));
  undone(() => {
    for (const _ of one) break;
  });
  assertEquals(one.stateDict(), before);
});

Deno.test("the state of another loader is refused, and names what differs", () => {
  const one = loader(), before = one.stateDict();
  const refused: readonly [unknown, string][] = [
    [loader({ batchSize: 4 }).stateDict(), "batchSize is 3 here and 4 there; make the loader as it was"],
    [loader({}, 11).stateDict(), "length is 10 here and 11 there"],
    [
      loader({ shuffle: false, dropLast: true }).stateDict(),
      'dropLast is false here and true there, sampler is "random" here and "sequential" there',
    ],
    [{}, "length is 10 here and nothing there"],
    [{ ...before, batch: 5 }, "at batch 5: it must be an integer from 0 to 4"],
    [{ ...before, epoch: 0.5 }, "at epoch 0.5: it must be an integer from 0"],
    [{ ...before, epoch: -1 }, "at epoch -1"],
    [{ ...before, key: null }, "the key null: two words"],
    [{ ...before, key: [1, -1] }, "the key an array of 2"],
    [null, "load null into a DataLoader"],
  ];
  for (const [state, why] of refused) {
    assertThrows(() => one.loadStateDict(state as DataLoaderState), Error, why);
    assertEquals(one.stateDict(), before);
  }
});

Deno.test("a key on a device has no words here", () => {
  const one = loader({ key: keyTensor(key(1), { backend: "cpu" }) });
  assertThrows(() => one.stateDict(), TypeError, "make it with one of the host");
  assertThrows(() => one.loadStateDict(loader().stateDict()), TypeError, "make it with one of the host");
  assert(batchesOf(one).length === 4);
});
