/** A training under way. */
import { keep, type Tensor } from "@tapegrad/core";
import { type AnyModule, keepModes, type Module } from "../module.ts";
import { collectParameters } from "../parts.ts";
import { type Batches, countOf, unpacked } from "./batches.ts";
import { anyoneAt, type BatchEnd, type FitRun, tell } from "./callbacks.ts";
import { forwardOf } from "./checks.ts";
import { computed, measure } from "./evaluate.ts";
import { History, type Stop } from "./history.ts";
import { LossError } from "./loss_error.ts";
import { LossMeter } from "./loss_meter.ts";
import type { FitSettings } from "./options.ts";
import { type Progress, progressOf } from "./progress.ts";
import { validationName } from "./record.ts";
import { StepGroup } from "./step_group.ts";
import { walkBatches } from "./walk_batches.ts";

/** Milliseconds as seconds. */
const SECOND = 1000;

/** Trains a model, epoch by epoch. */
export class Fitting<B, Output, Target> implements FitRun {
  readonly model: AnyModule;
  readonly history = new History();
  epoch = 0;
  batch = 0;
  readonly #forward: (inputs: readonly unknown[]) => Output;
  readonly #loader: Batches<B>;
  readonly #settings: FitSettings<B, Output, Target>;
  readonly #progress: Progress;
  readonly #group: StepGroup;
  readonly #isWatched: boolean;
  #meter = this.#newMeter();
  #lastRate: number;
  #samples = 0;
  #begun = 0;
  #told: BatchEnd | null = null;
  #stop: Pick<Stop, "by" | "reason"> | null = null;

  constructor(
    model: Module<readonly never[], Output>,
    loader: Batches<B>,
    settings: FitSettings<B, Output, Target>,
  ) {
    const { loss, optimizer, accumulate, clip, callbacks } = settings;
    this.model = model;
    this.#forward = forwardOf(model);
    this.#loader = loader;
    this.#settings = settings;
    this.#progress = progressOf(settings);
    this.#isWatched = anyoneAt(callbacks, "onBatchEnd");
    this.#lastRate = optimizer.groups[0].learningRate;
    const parameters = collectParameters([model, loss]);
    this.#group = new StepGroup({ parameters, optimizer, accumulate, clip, onStep: () => this.#stepped() });
  }

  get epochs(): number {
    return this.#settings.epochs;
  }

  stop(reason = "a callback asked for it"): void {
    this.#stop ??= { by: "callback", reason };
  }

  /** Goes through all epochs, or as many as there are until it is stopped. */
  async run(): Promise<History> {
    const back = keepModes(this.model), { callbacks } = this.#settings;
    if (!this.model.training) this.model.train();
    try {
      await tell(callbacks, "onFitBegin", this);
      while (!this.#heed() && this.history.epochs.length < this.epochs) await this.#trainEpoch();
      this.history.stopped = this.#stop && { ...this.#stop, epoch: this.epoch, batch: this.batch };
      if (this.#stop) this.#progress.note(`stopped: ${this.#stop.reason}`);
      await tell(callbacks, "onFitEnd", this.history, this);
      return this.history;
    } finally {
      this.#meter.dispose();
      this.#progress.end();
      back();
    }
  }

  /** Looks whether somebody aborted it. */
  #heed(): boolean {
    const { signal } = this.#settings;
    if (signal?.aborted) {
      this.#stop ??= { by: "signal", reason: String(signal.reason?.message ?? signal.reason) };
    }
    return this.#stop !== null;
  }

  async #trainEpoch(): Promise<void> {
    const { callbacks, metrics } = this.#settings;
    this.epoch = this.history.epochs.length + 1;
    [this.batch, this.#samples, this.#begun, this.#meter] = [0, 0, performance.now(), this.#newMeter()];
    Object.values(metrics).forEach((metric) => metric.reset());
    await tell(callbacks, "onEpochBegin", this);
    const after = () => this.#afterBatch();
    if (!await walkBatches(this.#loader, { step: (batch: B) => this.#train(batch), after })) return;
    if (this.#group.isOpen) this.#group.step();
    await this.#meter.settle();
    this.#checkFilled();
    await this.#judge(await computed(metrics));
  }

  #train(batch: B): void {
    const { computeLoss, unpack, metrics } = this.#settings;
    const { inputs, target, size } = unpacked("fit on", batch, unpack);
    const output = this.#forward(inputs), loss = computeLoss(output, target);
    this.batch++;
    this.#samples += size;
    const value = loss.detach();
    this.#meter.add(value, size, this.batch);
    for (const metric of Object.values(metrics)) metric.update(output as Tensor, target as Tensor);
    this.#group.backward(loss, size);
    if (this.batch === this.#batches && this.#group.isOpen) this.#group.step();
    if (this.#isWatched) this.#told = this.#toldOf(value, size);
  }

  #toldOf(loss: Tensor, size: number): BatchEnd {
    const { epoch, batch } = this, stepped = !this.#group.isOpen;
    return { epoch, batch, batches: this.#batches, size, stepped, loss: keep(loss) };
  }

  get #batches(): number | null {
    return countOf(this.#loader);
  }

  #stepped(): void {
    const { optimizer, schedule, scheduleEvery } = this.#settings;
    this.#lastRate = optimizer.groups[0].learningRate;
    if (scheduleEvery === "step") schedule?.step();
  }

  async #afterBatch(): Promise<boolean> {
    if (this.#told !== null) await this.#tellBatch(this.#told);
    if (this.#meter.isDue) await this.#meter.settle();
    this.#showBatch();
    // A group of batches is not left half done, so that what is stopped can go on.
    return this.#group.isOpen || !this.#heed();
  }

  async #tellBatch(told: BatchEnd): Promise<void> {
    this.#told = null;
    await tell(this.#settings.callbacks, "onBatchEnd", told, this);
    if (told.loss.backend.synchronous) told.loss.dispose(); // else it is the meter's
  }

  #showBatch(): void {
    const { epoch, epochs, batch } = this, seconds = this.#seconds(), { mean: loss } = this.#meter;
    const batches = this.#batches;
    this.#progress.batch({
      epoch,
      epochs,
      batch,
      batches,
      samples: this.#samples,
      seconds,
      done: batch,
      loss,
    });
  }

  #seconds(): number {
    return (performance.now() - this.#begun) / SECOND;
  }

  #checkFilled(): void {
    if (this.#samples > 0) return;
    const again = this.epoch === 1
      ? "fill it"
      : "pass what can be iterated once for each epoch, as a DataLoader";
    throw new RangeError(`Cannot fit on a loader that gives no samples in epoch ${this.epoch}: ${again}`);
  }

  /** Validates, and takes down how the epoch went. */
  async #judge(metrics: Record<string, number>): Promise<void> {
    const { validation, metrics: measures, callbacks, loss, unpack } = this.#settings;
    let validationLoss: number | undefined;
    if (validation !== undefined) {
      await tell(callbacks, "onValidationBegin", this);
      const how = { loss, metrics: measures, unpack, goesOn: () => !this.#heed() };
      const found = await measure(this.model as Module<readonly never[], Output>, validation, how);
      if (found === null) return;
      validationLoss = found.loss;
      for (const [name, value] of Object.entries(found.metrics)) metrics[validationName(name)] = value;
    }
    await this.#conclude(metrics, validationLoss);
  }

  async #conclude(metrics: Readonly<Record<string, number>>, validationLoss?: number): Promise<void> {
    const { schedule, scheduleEvery, callbacks } = this.#settings, { mean: loss } = this.#meter;
    const { epoch } = this, learningRate = this.#lastRate, seconds = this.#seconds();
    const judged = validationLoss === undefined ? {} : { validationLoss };
    const record = { epoch, loss, ...judged, metrics, learningRate, seconds };
    this.history.add(record);
    if (scheduleEvery === "epoch") stepBy(schedule, validationLoss ?? loss);
    this.#progress.epoch(record, this.epochs);
    await tell(callbacks, "onEpochEnd", record, this);
  }

  #newMeter(): LossMeter {
    return new LossMeter((loss, batch) => this.#refuse(loss, batch));
  }

  #refuse(loss: number, batch: number): never {
    const { epoch, history, batches, learningRate, since } = {
      epoch: this.epoch,
      history: this.history,
      batches: this.#batches,
      learningRate: this.#lastRate,
      since: this.batch - batch,
    };
    throw new LossError({ epoch, batch, batches, loss, learningRate, since }, history);
  }
}

function stepBy(schedule: FitSettings<never, never, never>["schedule"], loss: number): void {
  if (schedule?.follows === "loss") schedule.step(loss);
  else schedule?.step();
}
