/**
 * `fit()` on many ranks against one process, plain and sharded, clipped, accumulated, stopped and resumed: how far the
 * models are apart in f64, and what is told of them: `fitting.ts FOLDER`.
 */
import {
  checkInSync,
  connect,
  distribute,
  DistributedSampler,
  shardedOptimizer,
} from "@tapegrad/distributed";
import { key, normal, setDefaultDtype, type Tensor } from "@tapegrad/core";
import {
  type AnyModule,
  DataLoader,
  EarlyStopping,
  fit,
  type FitOptions,
  type History,
  Linear,
  MeanAbsoluteError,
  type Module,
  mseLoss,
  Sequential,
  Tanh,
  TensorDataset,
} from "@tapegrad/nn";
import { Adam, ReduceLROnPlateau } from "@tapegrad/optim";
import "@tapegrad/backends";
import { apart, report, worst } from "./report.ts";

setDefaultDtype("f64");
const world = await connect(), { rank, size } = world, BATCH = 24, [folder] = Deno.args;
const x = normal([96, 4], { key: key(1) }), y = x.sum(1, { keepDims: true }).tanh();
const data = new TensorDataset(x, y), judged = new TensorDataset(x.mul(0.5), y);

function newModel(): Module {
  return new Sequential(new Linear(4, 16, { key: key(2) }), new Tanh(), new Linear(16, 1, { key: key(3) }));
}

const newAdam = (of: AnyModule | readonly Tensor[]) => new Adam(of, { learningRate: 0.02 });
type Options = Partial<FitOptions>;

interface Fitted {
  readonly model: Module;
  readonly history: History;
}

async function fitAlone(options: (optimizer: Adam) => Options): Promise<Fitted> {
  const model = newModel(), optimizer = newAdam(model);
  const [loader, validation] = [data, judged].map((all) => new DataLoader(all, { batchSize: BATCH }));
  const own = options(optimizer), rules = { loss: mseLoss, optimizer, validation, epochs: 6, ...own };
  return { model, history: await fit(model, loader, { ...rules, verbose: false }) };
}

async function fitTogether(isSharded: boolean, options: (optimizer: Adam) => Options): Promise<Fitted> {
  const model = newModel(), parallel = distribute(model, { checkEvery: 5 });
  const optimizer = (isSharded ? shardedOptimizer(parallel, newAdam) : newAdam(model)) as Adam;
  const [loader, validation] = [data, judged].map((all) =>
    new DataLoader(all, {
      batchSize: BATCH / size,
      sampler: new DistributedSampler(all, { shuffle: false }),
    })
  );
  const own = options(optimizer), rules = { loss: mseLoss, optimizer, validation, epochs: 6, ...own };
  const history = await fit(model, loader, { ...rules, ranks: world, progress: "epochs" });
  await checkInSync(model);
  return { model, history };
}

const trials: Readonly<Record<string, (optimizer: Adam) => Options>> = {
  plain: () => ({ metrics: { error: new MeanAbsoluteError() } }),
  "within a norm": () => ({ clip: { norm: 0.02 } }),
  "within a norm and a value": () => ({ clip: { norm: 0.02, value: 0.003 } }),
  "accumulated and within a norm": () => ({ accumulate: 2, clip: { norm: 0.02 } }),
  "by a schedule that follows the loss": (optimizer) => ({
    schedule: new ReduceLROnPlateau(optimizer, { patience: 0, threshold: 0.2 }),
  }),
  "ended early": () => ({ callbacks: [new EarlyStopping({ patience: 1, minDelta: 0.05 })] }),
};

function distances(a: History, b: History): number {
  const values = (history: History) =>
    history.epochs.flatMap((
      { loss, validationLoss, metrics },
    ) => [loss, validationLoss!, ...Object.values(metrics)]);
  const [one, other] = [values(a), values(b)];
  return one.length === other.length ? Math.max(...one.map((value, i) => Math.abs(value - other[i]))) : NaN;
}

const found: Record<string, number> = {};
for (const [name, options] of Object.entries(trials)) {
  const alone = await fitAlone(options);
  for (const isSharded of [false, true]) {
    const together = await fitTogether(isSharded, options);
    const history = worst(distances(alone.history, together.history));
    found[isSharded ? `${name}, sharded` : name] = Math.max(apart(alone.model, together.model), history);
  }
}

// Half of an epoch, and from a file that the first alone has, the rest.
const whole = await fitAlone(() => ({}));
for (const isSharded of [false, true]) {
  const checkpoint = { path: `${folder}/${isSharded}.safetensors`, every: { batches: 1 } };
  const end = new AbortController();
  const stopping = {
    onBatchEnd: ({ batch, epoch }: { batch: number; epoch: number }) => {
      if (rank === size - 1 && epoch === 2 && batch === 2) end.abort();
    },
  };
  const begun = await fitTogether(
    isSharded,
    () => ({ checkpoint, callbacks: [stopping], signal: end.signal }),
  );
  const resumed = await fitTogether(isSharded, () => ({ checkpoint, callbacks: [{}], resume: true }));
  const isStopped = begun.history.epochs.length === 1 && begun.history.stopped?.by !== undefined;
  found[`resumed${isSharded ? ", sharded" : ""}`] = isStopped ? apart(whole.model, resumed.model) : NaN;
}
report(world, found);
