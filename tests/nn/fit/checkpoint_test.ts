import "@tapegrad/backends";
import {
  dropout,
  full,
  key,
  keyTensor,
  manualSeed,
  memory,
  ones,
  randomState,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import {
  Accuracy,
  type Callback,
  CheckpointError,
  type CheckpointStore,
  DataLoader,
  Dropout,
  EarlyStopping,
  FileError,
  fit,
  type FitOptions,
  Linear,
  Loss,
  MeanAbsoluteError,
  mseLoss,
  R2,
  ReLU,
  RocAuc,
  Sequential,
  Tanh,
  toSafetensors,
} from "@tapegrad/nn";
import { Adam, AdamW, GD, ReduceLROnPlateau, StepLR } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { packed, unpackedTree } from "../../../nn/fit/checkpoint/packed.ts";
import { permitted } from "../../permitted.ts";
import { settledMemory } from "../../proof/memory/collect.ts";
import { network, quiet, samples, shuffled, weightsOf } from "./problems.ts";

/** A store in memory, and how often it was written. */
function memoryStore(): CheckpointStore & { bytes: Uint8Array | null; writes: number } {
  return {
    bytes: null,
    writes: 0,
    read(): Uint8Array | null {
      return this.bytes;
    },
    write(bytes: Uint8Array): void {
      [this.bytes, this.writes] = [bytes, this.writes + 1];
    },
  };
}

/** A training with all that has a state, which can be stopped after so many batches. */
async function train(
  stopAfter: number,
  store?: CheckpointStore,
  epochs = 4,
  best = false,
): Promise<unknown[]> {
  manualSeed(3);
  const model = network(1, 0.3), optimizer = new Adam(model, { learningRate: 0.02 });
  model[1].registerForwardHook((_module, _inputs, output) =>
    dropout(output as Tensor, { p: model.training ? 0.2 : 0 })
  );
  const controller = new AbortController();
  let batches = 0;
  const stop: Callback = { onBatchEnd: () => void (++batches === stopAfter && controller.abort()) };
  const history = await fit(model, shuffled(samples(26), 4), {
    ...quiet,
    optimizer,
    // No epoch is so much better.
    schedule: new ReduceLROnPlateau(optimizer, { patience: 1, factor: 0.5, threshold: 0.9 }),
    validation: new DataLoader(samples(9, 6), { batchSize: 4, shuffle: true, key: key(8) }),
    metrics: { error: new MeanAbsoluteError() },
    callbacks: [stop, ...best ? [new EarlyStopping({ patience: 2, minDelta: 9 })] : []],
    accumulate: 2,
    signal: controller.signal,
    epochs,
    ...store && { checkpoint: { store }, resume: true },
  });
  const records = history.epochs.map(({ seconds: _, ...rest }) => rest);
  return [records, await weightsOf(model), history.stopped?.by];
}

Deno.test("what was aborted anywhere goes on to the same bits", async () => {
  for (const best of [false, true]) {
    const wanted = await train(Infinity, undefined, 4, best);
    for (const moment of [1, 2, 6, 7, 8, 13, 14, 15, 21]) {
      const store = memoryStore();
      assertEquals((await train(moment, store, 4, best))[2], "signal");
      assertEquals(await train(Infinity, store, 4, best), wanted, `after ${moment} batches`);
      assertEquals(await train(Infinity, store, 4, best), wanted, "once it is over");
    }
  }
});

Deno.test("it goes on several times, and for more epochs than were meant at first", async () => {
  const wanted = await train(Infinity), store = memoryStore();
  for (let i = 0; i < 5; i++) await train(3, store);
  assertEquals(await train(Infinity, store), wanted);
  const other = memoryStore();
  await train(Infinity, other, 2);
  assertEquals(await train(Infinity, other), wanted);
});

Deno.test("what a callback broke off goes on with the same objects, half trained as they are", async () => {
  const run = async (breaks: number) => {
    const store = memoryStore(),
      model = network(1, 0.3),
      optimizer = new Adam(model),
      from = shuffled(samples(13), 4);
    let count = 0;
    const callback: Callback = {
      onBatchEnd: () => {
        if (++count === breaks) throw new Error("broken off");
      },
    };
    const schedule = new StepLR(optimizer, { stepSize: 1 });
    const go = () =>
      fit(model, from, {
        ...quiet,
        optimizer,
        schedule,
        accumulate: 3,
        callbacks: [callback],
        epochs: 3,
        checkpoint: { store },
        resume: true,
      });
    if (Number.isFinite(breaks)) await assertRejects(go, Error, "broken off");
    const history = await go();
    assertEquals([history.epochs.length, schedule.lastEpoch], [3, 3]);
    return await weightsOf(model);
  };
  const wanted = await run(Infinity);
  for (const breaks of [5, 6, 7, 9]) assertEquals(await run(breaks), wanted, `${breaks}`);
});

Deno.test("an abort while it validates is no epoch, and validates again", async () => {
  const run = async (store: CheckpointStore, aborts: boolean) => {
    const model = network(1, 0.3), optimizer = new Adam(model), controller = new AbortController();
    let validations = 0;
    const callback: Callback = {
      onValidationBegin: () => void (aborts && ++validations === 2 && controller.abort()),
    };
    const history = await fit(model, shuffled(samples(10), 4), {
      ...quiet,
      optimizer,
      validation: shuffled(samples(9, 6), 2, 9),
      metrics: { error: new MeanAbsoluteError() },
      callbacks: [callback],
      signal: controller.signal,
      epochs: 4,
      checkpoint: { store },
      resume: true,
    });
    return [history.epochs.map(({ seconds: _, ...rest }) => rest), await weightsOf(model)] as const;
  };
  const store = memoryStore(), wanted = await run(memoryStore(), false);
  assertEquals((await run(store, true))[0], wanted[0].slice(0, 1));
  assertEquals(await run(store, false), [...wanted]);
});

Deno.test("loaders without a state are passed over as far as they were", async () => {
  const [x, y] = samples(10).tensors,
    batches = [0, 1, 2, 3, 4].map((i) => [x, y].map((t) => t.slice([2 * i, 2 * i + 2])));
  const run = async (stopAfter: number, store?: CheckpointStore) => {
    const model = network(1, 0.3),
      optimizer = new GD(model, { learningRate: 0.1 }),
      controller = new AbortController();
    let count = 0;
    const callback: Callback = { onBatchEnd: () => void (++count === stopAfter && controller.abort()) };
    await fit(model, batches, {
      ...quiet,
      optimizer,
      callbacks: [callback],
      signal: controller.signal,
      epochs: 3,
      ...store && { checkpoint: { store }, resume: true },
    });
    return await weightsOf(model);
  };
  const wanted = await run(Infinity), store = memoryStore();
  await run(7, store);
  assertEquals(await run(Infinity, store), wanted);
});

Deno.test("what a callback ended stays ended; epochs come when they are due", async () => {
  const store = memoryStore();
  const run = async (every: { epochs?: number; batches?: number }) => {
    const model = network(), optimizer = new GD(model, { learningRate: 0.1 });
    const callback: Callback = { onEpochEnd: ({ epoch }, run) => void (epoch === 5 && run.stop("five")) };
    const before = store.writes;
    const history = await fit(model, shuffled(samples(8), 2), {
      ...quiet,
      optimizer,
      callbacks: [callback],
      epochs: 9,
      checkpoint: { store, every },
      resume: true,
    });
    return [history.epochs.length, history.stopped, store.writes - before];
  };
  const stopped = { by: "callback" as const, reason: "five", epoch: 5, batch: 4 };
  assertEquals(await run({ epochs: 2 }), [5, stopped, 3]);
  assertEquals(await run({ epochs: 2 }), [5, stopped, 0]);
  store.bytes = null;
  assertEquals(await run({ batches: 7 }), [5, stopped, 3]);
});

const data = samples(12), loader = (): DataLoader => shuffled(data, 4);

interface Parts {
  readonly model?: Sequential;
  readonly optimizer?: (model: Sequential) => FitOptions["optimizer"];
  readonly loader?: Iterable<readonly Tensor[]>;
  readonly more?: (optimizer: FitOptions["optimizer"]) => Partial<FitOptions>;
}

async function resume(store: CheckpointStore, parts: Parts): Promise<void> {
  const { model = network(1, 0.1), more = () => ({}) } = parts;
  const optimizer = (parts.optimizer ?? ((model) => new Adam(model)))(model);
  const options = { ...quiet, optimizer, epochs: 2, checkpoint: { store }, resume: true, ...more(optimizer) };
  await fit(model, parts.loader ?? loader(), options);
}

Deno.test("another model, optimizer, schedule or loader is an error that names what differs", async () => {
  const store = memoryStore();
  await resume(store, {});
  const written = store.bytes!.slice();
  const layers = () =>
    [new Linear(2, 8), new Tanh(), new Dropout(0.1, { key: key(2) }), new Linear(8, 1)] as const;
  const [a, , c, d] = layers();
  const refused: [string, Parts][] = [
    ["the model has 0: Linear(2, 9) where it had 0: Linear(2, 8)", {
      model: new Sequential(
        new Linear(2, 9),
        new Tanh(),
        new Dropout(0.1, { key: key(2) }),
        new Linear(9, 1),
      ),
    }],
    ['"0.weight" of the model is f32 [9, 2] and was f32 [8, 2]', {
      model: new Sequential(
        new Linear(2, 9),
        new Tanh(),
        new Dropout(0.1, { key: key(2) }),
        new Linear(9, 1),
      ),
    }],
    ['the model has no "3.bias", which was there', {
      model: new Sequential(a, new Tanh(), c, new Linear(8, 1, { bias: false })),
    }],
    ['the model has "4.weight", "4.bias", which was not there', {
      model: new Sequential(...layers(), new Linear(1, 1)),
    }],
    ["the model has 1: ReLU where it had 1: Tanh", { model: new Sequential(a, new ReLU(), c, d) }],
    ["the model has 2: Dropout(0.2) where it had 2: Dropout(0.1)", { model: network(1, 0.2) }],
    ["the optimizer is GD and was Adam", { optimizer: (model) => new GD(model, { learningRate: 1 }) }],
    ["the optimizer is AdamW and was Adam", { optimizer: (model) => new AdamW(model) }],
    ["the optimizer has groups of 3 parameters and had 4", {
      optimizer: (model) => new Adam(model.parameters().slice(1)),
    }],
    ["the schedule is StepLR and was none", {
      more: (optimizer) => ({ schedule: new StepLR(optimizer as Adam, { stepSize: 1 }) }),
    }],
    ["the loader is Array and was DataLoader", { loader: [...loader()] }],
    ["the loader gives 6 batches and gave 3", { loader: shuffled(data, 2) }],
    ["13", { loader: shuffled(samples(13), 5) }],
    ["batchSize", { loader: shuffled(data, 5) }],
    ["the loader of validation is DataLoader and was none", { more: () => ({ validation: loader() }) }],
    ['metrics has "a", which was not there', { more: () => ({ metrics: { a: new Accuracy() } }) }],
    ["the callbacks with a state is EarlyStopping and was none", {
      more: () => ({ callbacks: [new EarlyStopping()] }),
    }],
    ["accumulate is 2 and was 1", { more: () => ({ accumulate: 2 }) }],
    ['the loss has "weight"', {
      more: () => ({ loss: Object.assign(new Loss(mseLoss, {}), { weight: zeros([1]) }) }),
    }],
  ];
  for (const [message, parts] of refused) {
    const model = parts.model ?? network(1, 0.1), before = await weightsOf(model), state = randomState();
    const error = await assertRejects(() => resume(store, { ...parts, model }), CheckpointError, message);
    assert(error.message.startsWith("Cannot resume from the store: "), error.message);
    assertEquals(await weightsOf(model), before);
    assertEquals([store.bytes, randomState()], [written, state]);
  }
});

Deno.test("what is no checkpoint, or a damaged one, is an error that says so", async () => {
  const store = memoryStore();
  await resume(store, {});
  const whole = store.bytes!;
  for (
    const bytes of [whole.slice(0, 100), whole.slice(0, -1), new Uint8Array(0), new Uint8Array(64).fill(7)]
  ) {
    store.bytes = bytes;
    await assertRejects(() => resume(store, {}), CheckpointError, "Cannot resume from the store");
  }
  store.bytes = await toSafetensors({ x: zeros([1]) });
  await assertRejects(() => resume(store, {}), CheckpointError, "loadStateDict(await load(path))");
});

Deno.test("options of checkpoints are checked", async () => {
  const model = network(), optimizer = new Adam(model), store = memoryStore();
  const refuses = (message: string, given: object) =>
    assertRejects(() => fit(model, loader(), { ...quiet, optimizer, ...given }), Error, message);
  await refuses("either a path or a store", { checkpoint: {} });
  await refuses("either a path or a store", { checkpoint: { path: "a", store } });
  await refuses("leave keep out", { checkpoint: { store, keep: 2 } });
  await refuses("keep", { checkpoint: { path: "a", keep: 0 } });
  await refuses("epochs 1.5", { checkpoint: { path: "a", every: { epochs: 1.5 } } });
  await refuses('"steps"', { checkpoint: { path: "a", every: { steps: 1 } } });
  await refuses("Cannot keep checkpoints in 3: a path or a store", { checkpoint: { store: 3 } });
  await refuses("Cannot resume without a place: pass { checkpoint: path } too", { resume: true });
  await refuses("Cannot resume from 3", { resume: 3 });
  await refuses("there is none", { resume: memoryStore() });
  const held = new DataLoader(data, { batchSize: 4, shuffle: true, key: keyTensor(key(1)) });
  const before = await weightsOf(model), given = { ...quiet, optimizer, checkpoint: { store } };
  await assertRejects(() => fit(model, held, given), TypeError, "whose key is a tensor");
  assertEquals(await weightsOf(model), before);
});

Deno.test("metrics that hold samples go on in the middle of an epoch", async () => {
  const store = memoryStore(), x = tensor([[-1], [1], [2], [-2]]), y = tensor([0, 1, 0, 1], { dtype: "i32" });
  const batches = [0, 1, 2, 3].map((i) => [x, y].map((t) => t.slice([i, i + 1])));
  const run = async (stopAfter: number) => {
    const model = new Linear(1, 1, { bias: false }), optimizer = new GD(model, { learningRate: 0 });
    model.loadStateDict({ weight: ones([1, 1]) });
    class Area extends RocAuc {
      override update(scores: Tensor, targets: Tensor): void {
        super.update(scores.reshape([-1]), targets);
      }
    }
    const controller = new AbortController();
    let count = 0;
    const callback: Callback = { onBatchEnd: () => void (++count === stopAfter && controller.abort()) };
    const { epochs } = await fit(model, batches, {
      loss: (output) => output.sum(),
      optimizer,
      metrics: { area: new Area() },
      callbacks: [callback],
      signal: controller.signal,
      verbose: false,
      checkpoint: { store },
      resume: true,
    });
    return epochs.map(({ metrics, loss }) => [metrics.area, loss]);
  };
  assertEquals(await run(2), []);
  assertEquals(await run(99), [[0.25, 0]]);
});

Deno.test("a metric refuses what is no state of one, and stays as it was", async () => {
  const classes = tensor([0, 1, 1], { dtype: "i32" }),
    accuracy = new Accuracy(),
    area = new RocAuc(),
    r2 = new R2();
  accuracy.update(classes, classes);
  area.update(tensor([0.1, 0.2, 0.3]), classes);
  r2.update(tensor([1, 2, 3]), tensor([1, 2, 3]));
  for (const metric of [accuracy, area, r2]) {
    for (const state of [null, 3, {}, { count: 1, sums: [1], classes: 0, batches: [2] }]) {
      assertThrows(() => metric.loadStateDict(state), TypeError, "what its stateDict() gave is needed");
    }
    assertEquals(await metric.compute(), 1);
  }
});

Deno.test("a tree comes back with its numbers, its tensors and what shares them", async () => {
  const shared = full([2], 3),
    tree = { a: [NaN, -0, Infinity, 0.1, null, true, "x"], b: { shared, again: [shared] } };
  const { tensors, json } = packed(tree);
  assertEquals(Object.keys(tensors), ["b.shared"]);
  const found = unpackedTree(json, tensors) as typeof tree;
  assertEquals(found.a, tree.a);
  assert(Object.is(found.a[1], -0));
  assert(found.b.shared === shared && found.b.again[0] === shared);
  const store = memoryStore(),
    more = () => ({ callbacks: [{ stateDict: () => new Map(), loadStateDict: () => {} }] });
  await assertRejects(() => resume(store, { more }), TypeError, "callbacks.0.state as a Map");
});

Deno.test("checkpoints leave no memory behind", async () => {
  const store = memoryStore(), model = network(1, 0.1), optimizer = new Adam(model), from = loader();
  const stopping = new EarlyStopping({ monitor: "loss", patience: 99 });
  const run = async (epochs: number) => {
    const more = {
      epochs,
      callbacks: [stopping],
      checkpoint: { store, every: { batches: 1 } },
      resume: true,
    };
    await fit(model, from, { ...quiet, optimizer, ...more });
    await settledMemory();
    return memory().buffers;
  };
  const before = await run(2);
  for (const epochs of [4, 6, 8]) {
    const after = await run(epochs);
    assert(after - before <= 2, `${before} buffers and then ${after}`);
  }
});

permitted("read", "write")("a folder that is not there is an error before the training", async () => {
  const model = network(), begun: number[] = [], path = "/tmp/no-such-folder-of-tests/a.safetensors";
  const callbacks = [{ onEpochBegin: () => void begun.push(1) }], optimizer = new Adam(model);
  for (const checkpoint of [path, new URL(`file://${path}`)]) {
    const fitted = fit(model, loader(), { ...quiet, optimizer, checkpoint });
    await assertRejects(() => fitted, Error, `Cannot write "${path}"`);
  }
  const fitted = fit(model, loader(), { ...quiet, optimizer, callbacks, checkpoint: { path } });
  await assertRejects(
    () => fitted,
    FileError,
    `Cannot write "${path}": there is no such folder; make it first`,
  );
  assertEquals(begun, []);
});

permitted("read", "write")("files are kept, and the newest is gone on from", async () => {
  const folder = await Deno.makeTempDir({ dir: "/tmp" });
  const files = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const run = async (epochs: number, keep: number, resume: boolean | string) => {
    const model = network(), optimizer = new Adam(model);
    const { length } = (await fit(model, loader(), {
      ...quiet,
      optimizer,
      epochs,
      checkpoint: { path: `${folder}/a.b.safetensors`, keep },
      resume,
    })).epochs;
    return length;
  };
  try {
    await Deno.writeTextFile(`${folder}/a.b-1.safetensors`, "mine");
    await Deno.writeTextFile(`${folder}/a.b.safetensors.${crypto.randomUUID()}.tmp`, "half");
    assertEquals(await run(3, 2, true), 3);
    const numbered = (...counts: readonly number[]) =>
      ["a.b-1.safetensors", ...counts.map((n) => `a.b-${String(n).padStart(9, "0")}.safetensors`)].sort();
    assertEquals(files(), numbered(6, 9));
    assertEquals(await run(5, 2, true), 5);
    assertEquals(files(), numbered(12, 15));
    assertEquals(await run(6, 2, `${folder}/a.b-000000012.safetensors`), 6);
    assertEquals(await run(1, 2, false), 1); // anew, of which the others are no part
    assertEquals(files(), numbered(3));
    assertEquals(await run(2, 1, true), 2);
    assertEquals(files(), ["a.b-000000003.safetensors", "a.b-1.safetensors", "a.b.safetensors"]);
    await assertRejects(() => run(2, 1, `${folder}/none.safetensors`), CheckpointError, "there is none");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
