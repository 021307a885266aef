/** A training under way. */
import { keep, type Tensor } from "@tapegrad/core";
import { type AnyModule, keepModes, type Module } from "../module.ts";
import { collectParameters } from "../parts.ts";
import { type Batches, countOf, unpacked } from "./batches.ts";
import { anyoneAt, type BatchEnd, type FitRun, tell } from "./callbacks.ts";
import { Checkpoints } from "./checkpoint/checkpoints.ts";
import type { FitPlace, WithinEpoch } from "./checkpoint/fit_state.ts";
import {
  hasState,
  type LoaderState,
  stateOfLoader,
  stateOfParts,
  type TrainedParts,
} from "./checkpoint/parts_state.ts";
import { packed } from "./checkpoint/packed.ts";
import { resumed } from "./checkpoint/resume.ts";
import { forwardOf } from "./checks.ts";
import { EpochCourse } from "./epoch_course.ts";
import { computed, type Evaluation, measure } from "./evaluate.ts";
import { History, type Stop } from "./history.ts";
import { nanIn } from "./nan_in.ts";
import { LossError } from "./loss_error.ts";
import { type FitSettings, stepBy } from "./options.ts";
import { type Progress, progressOf } from "./progress.ts";
import { Together } from "./ranks.ts";
import { type EpochRecord, validationName } from "./record.ts";
import { StepGroup } from "./step_group.ts";
import { walkBatches } from "./walk_batches.ts";

/** Trains a model, epoch by epoch. */
export class Fitting<B, Output, Target> implements FitRun {
  readonly model: AnyModule;
  readonly history = new History();
  epoch = 0;
  readonly #forward: (inputs: readonly unknown[]) => Output;
  readonly #loader: Batches<B>;
  readonly #settings: FitSettings<B, Output, Target>;
  readonly #progress: Progress;
  readonly #together: Together;
  readonly #group: StepGroup;
  readonly #isWatched: boolean;
  readonly #checkpoints: Checkpoints | null;
  #course: EpochCourse;
  /** Whether an epoch was begun and is not over, and where a checkpoint was in one until that goes on. */
  #isWithin = false;
  #within: WithinEpoch | null = null;
  /** How many batches were trained on in all epochs. */
  #count = 0;
  /** Where the loader was when validation began. */
  #validating: LoaderState | null = null;
  #told: BatchEnd | null = null;
  /** What a loss is of while it is read. */
  #given: unknown = null;
  #stop: Pick<Stop, "by" | "reason"> | null = null;

  constructor(
    model: Module<readonly never[], Output>,
    loader: Batches<B>,
    settings: FitSettings<B, Output, Target>,
  ) {
    const { loss, optimizer, accumulate, clip, callbacks, checkpoint, ranks } = settings;
    this.model = model;
    this.#forward = forwardOf(model);
    this.#loader = loader;
    this.#settings = settings;
    this.#together = new Together(ranks);
    this.#progress = progressOf(ranks?.isFirst === false ? { verbose: false } : settings);
    this.#isWatched = anyoneAt(callbacks, "onBatchEnd");
    this.#checkpoints = checkpoint ? new Checkpoints(checkpoint, this.#together) : null;
    this.#course = this.#newCourse();
    const parameters = collectParameters([model, loss]);
    this.#group = new StepGroup({ parameters, optimizer, accumulate, clip, onStep: () => this.#noteStep() });
  }

  get epochs(): number {
    return this.#settings.epochs;
  }

  get batch(): number {
    return this.#course.batch;
  }

  stop(reason = "a callback asked for it"): void {
    this.#stop ??= { by: "callback", reason };
  }

  /** Goes through all epochs, or as many as there are until it is stopped. */
  async run(): Promise<History> {
    const back = keepModes(this.model), { callbacks } = this.#settings;
    if (!this.model.training) this.model.train();
    try {
      await this.#resume();
      await tell(callbacks, "onFitBegin", this);
      while (!this.#heed() && this.history.epochs.length < this.epochs) await this.#trainEpoch();
      this.history.stopped ??= this.#stopped;
      if (!this.#checkpoints?.isOf(this.#place())) await this.#save();
      if (this.#stop) this.#progress.note(`stopped: ${this.#stop.reason}`);
      await tell(callbacks, "onFitEnd", this.history, this);
      return this.history;
    } finally {
      this.#course.meter.dispose();
      this.#progress.end();
      back();
    }
  }

  async #resume(): Promise<void> {
    // What cannot be written, or not there, is an error before the training.
    if (this.#checkpoints) packed(stateOfParts(this.#parts));
    await this.#checkpoints?.place.check?.();
    const place = await resumed(this.#settings.resume, this.#checkpoints?.place, this.#parts);
    if (place === null) return;
    const { epochs, stopped } = place.history;
    epochs.forEach((record) => this.history.add(record));
    // Who aborted it goes on; what a callback found is so.
    if (stopped?.by === "callback") this.#stop = this.history.stopped = stopped;
    [this.#count, this.#within] = [place.batches, place.within];
    this.#checkpoints?.passed(place);
  }

  get #parts(): TrainedParts {
    const { loss, optimizer, schedule, validation, metrics, callbacks, accumulate, scheduleEvery } =
      this.#settings;
    const rules = { accumulate, scheduleEvery };
    return {
      model: this.model,
      loader: this.#loader,
      loss,
      optimizer,
      schedule,
      validation,
      metrics,
      callbacks,
      rules,
    };
  }

  get #stopped(): Stop | null {
    return this.#stop && { ...this.#stop, epoch: this.epoch, batch: this.batch };
  }

  #place(): FitPlace {
    const history = { epochs: this.history.epochs, stopped: this.history.stopped ?? this.#stopped };
    return { within: this.#isWithin ? this.#course.toData() : this.#within, batches: this.#count, history };
  }

  async #save(): Promise<void> {
    if (this.#checkpoints === null) return;
    await this.#course.meter.settle();
    const parts = stateOfParts(this.#parts), validation = this.#validating ?? parts.validation;
    await this.#checkpoints.write(this.#place(), { ...parts, validation });
  }

  async #saveIfDue(): Promise<void> {
    if (this.#checkpoints?.isDue(this.#place())) await this.#save();
  }

  /** Looks whether somebody stopped it, in any of the processes. */
  #heed(): boolean {
    const { signal, callbacks } = this.#settings, mayBe = signal !== undefined || callbacks.length > 0;
    if (signal?.aborted) {
      const { reason } = signal;
      this.#stop ??= { by: "signal", reason: String((reason as Error | undefined)?.message ?? reason) };
    }
    const isStopped = mayBe && this.#together.any(this.#stop !== null);
    if (isStopped) this.#stop ??= { by: "signal", reason: "another process was stopped" };
    return this.#stop !== null;
  }

  async #trainEpoch(): Promise<void> {
    const { callbacks, metrics } = this.#settings, within = this.#within;
    this.epoch = this.history.epochs.length + 1;
    this.#course = this.#newCourse(within);
    [this.#within, this.#isWithin] = [null, true];
    await tell(callbacks, "onEpochBegin", this);
    if (within === null) Object.values(metrics).forEach((metric) => metric.reset());
    if (this.#course.trained === null && !await this.#trainBatches()) return;
    this.#course.trained ??= this.#mean(NaN, await computed(metrics)).metrics;
    await this.#judge(this.#course.trained);
  }

  /** Trains on what is left of an epoch, and gives whether it came to its end. */
  async #trainBatches(): Promise<boolean> {
    const skip = hasState(this.#loader) ? 0 : this.batch, after = () => this.#afterBatch();
    if (!await walkBatches(this.#loader, { step: (batch: B) => this.#train(batch), after, skip })) {
      return false;
    }
    if (this.#group.isOpen) this.#group.step();
    await this.#course.meter.settle();
    if (this.#course.samples > 0) return true;
    const again = this.epoch === 1
      ? "fill it"
      : "pass what can be iterated once for each epoch, as a DataLoader";
    throw new RangeError(`Cannot fit on a loader that gives no samples in epoch ${this.epoch}: ${again}`);
  }

  #train(batch: B): void {
    const { computeLoss, unpack, metrics } = this.#settings, course = this.#course;
    const { inputs, target, size } = unpacked("fit on", batch, unpack);
    const output = this.#forward(inputs), loss = computeLoss(output, target), value = loss.detach();
    course.batch++;
    course.samples += size;
    this.#count++;
    this.#given = { batch, inputs, target };
    course.meter.add(value, size, course.batch);
    this.#given = null;
    for (const metric of Object.values(metrics)) metric.update(output as Tensor, target as Tensor);
    this.#group.backward(loss, size);
    if (course.batch === this.#batches && this.#group.isOpen) this.#group.step();
    if (this.#isWatched) this.#told = this.#toldOf(value, size);
  }

  #toldOf(loss: Tensor, size: number): BatchEnd {
    const { epoch, batch } = this, stepped = !this.#group.isOpen;
    return { epoch, batch, batches: this.#batches, size, stepped, loss: keep(loss) };
  }

  get #batches(): number | null {
    return countOf(this.#loader);
  }

  /** After a step of the optimizer. */
  #noteStep(): void {
    const { optimizer, schedule, scheduleEvery } = this.#settings;
    this.#course.learningRate = optimizer.groups[0].learningRate;
    if (scheduleEvery === "step") schedule?.step();
  }

  async #afterBatch(): Promise<boolean> {
    const { epoch, epochs, batch } = this, { samples, seconds, meter } = this.#course;
    if (this.#told !== null) await this.#tellBatch(this.#told);
    if (meter.isDue) await meter.settle();
    this.#progress.batch({
      epoch,
      epochs,
      batch,
      batches: this.#batches,
      samples,
      seconds,
      loss: meter.mean,
    });
    // A group of batches is not left half done, so that what is stopped can go on.
    if (this.#group.isOpen) return true;
    if (this.#heed()) return false;
    await this.#saveIfDue();
    return true;
  }

  async #tellBatch(told: BatchEnd): Promise<void> {
    this.#told = null;
    await tell(this.#settings.callbacks, "onBatchEnd", told, this);
    if (told.loss.backend.synchronous) told.loss.dispose(); // else it is the meter's
  }

  /** Validates, and takes down how the epoch went. */
  async #judge(trained: Readonly<Record<string, number>>): Promise<void> {
    const { validation, metrics, callbacks, loss, unpack } = this.#settings;
    if (validation === undefined) return await this.#conclude(trained, {});
    await tell(callbacks, "onValidationBegin", this);
    this.#validating = stateOfLoader(validation);
    const together = this.#together, goesOn = () => !together.isAlone || !this.#heed();
    const how = { loss, metrics, unpack, goesOn, together };
    const found = await measure(this.model as Module<readonly never[], Output>, validation, how);
    if (found === null) return;
    const judged = Object.entries(found.metrics).map(([name, value]) => [validationName(name), value]);
    await this.#conclude({ ...trained, ...Object.fromEntries(judged) }, { validationLoss: found.loss });
  }

  async #conclude(
    metrics: Readonly<Record<string, number>>,
    judged: Pick<EpochRecord, "validationLoss">,
  ): Promise<void> {
    const { schedule, scheduleEvery, callbacks } = this.#settings, { epoch } = this;
    const { learningRate, seconds, meter } = this.#course, { loss } = this.#mean(meter.mean, {});
    const record = { epoch, loss, ...judged, metrics, learningRate, seconds };
    [this.#isWithin, this.#validating] = [false, null];
    this.history.add(record);
    if (scheduleEvery === "epoch") stepBy(schedule, judged.validationLoss ?? loss);
    this.#progress.epoch(record, this.epochs);
    await tell(callbacks, "onEpochEnd", record, this);
    await this.#saveIfDue();
  }

  // Of all samples of the epoch, those of other processes among them.
  #mean(loss: number, metrics: Readonly<Record<string, number>>): Evaluation {
    return this.#together.mean({ loss, metrics }, this.#course.samples);
  }

  #newCourse(before: WithinEpoch | null = null): EpochCourse {
    const rate = this.#settings.optimizer.groups[0].learningRate;
    return new EpochCourse((loss, batch) => this.#refuse(loss, batch), rate, before);
  }

  #refuse(loss: number, batch: number): never {
    const { epoch, history } = this, { learningRate } = this.#course, since = this.batch - batch;
    const stray = nanIn(this.#given);
    throw new LossError({ epoch, batch, batches: this.#batches, loss, learningRate, since, stray }, history);
  }
}
