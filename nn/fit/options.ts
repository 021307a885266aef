/** What {@link fit} may be told, and what of it is refused. */
import { checkOptions, checkSetting, described, quoted, type Tensor } from "@tapegrad/core";
import type { Metric } from "../metrics/metric.ts";
import { collectParameters } from "../parts.ts";
import type { AnyModule } from "../module.ts";
import type { FileAddress } from "../stream.ts";
import { type Batches, checkBatches, type LossFunction, lossFunction, type Unpack } from "./batches.ts";
import { type Callback, checkCallbacks } from "./callbacks.ts";
import { type CheckpointOptions, checkpointOptions } from "./checkpoint/checkpoints.ts";
import { checkResume, type Resume } from "./checkpoint/resume.ts";
import { checkMetrics, checkModel } from "./checks.ts";
import { checkRanks, type FitRanks } from "./ranks.ts";
import { checkProgress, type ProgressKind } from "./progress.ts";

/**
 * What of an `AbortSignal` tells that it is time to end: said here, so that types hold also where neither a page's
 * library nor Node's has the name.
 *
 * @category Training
 */
export interface StopSignal {
  /** Whether it is. */
  readonly aborted: boolean;
  /** Why. */
  readonly reason: unknown;
}

/**
 * What of an optimizer {@link fit} calls; those of `@tapegrad/optim` that step by themselves.
 *
 * @category Training
 */
export interface FitOptimizer {
  /** The parameters, by settings. */
  readonly groups: readonly { readonly parameters: readonly Tensor[]; readonly learningRate: number }[];
  /** Changes the parameters along their gradients; `false` where it did not. */
  step(): boolean | void;
  /** What it would lose if it were made again. */
  stateDict(): unknown;
  /** Goes on where another one stood. */
  loadStateDict(state: unknown): void;
  /**
   * Has the next step clip gradients, where they are whole then alone, as in {@link fit} of an optimizer that many
   * processes share; else they are clipped before the step.
   */
  clipNext?(limits: GradientLimits): void;
}

/**
 * What of a schedule {@link fit} calls: those of `@tapegrad/optim`.
 *
 * @category Training
 */
export interface FitSchedule {
  /** Sets the rates of what comes next; one that `follows` a loss is told it. */
  step(loss?: number): void;
  /** Whose rates it sets; that it is another optimizer's is an error. */
  readonly optimizer?: { readonly groups: readonly unknown[] };
  /** What it goes by, if it is a loss. */
  readonly follows?: "loss";
  /** What it would lose if it were made again. */
  stateDict(): unknown;
  /** Goes on where another one stood. */
  loadStateDict(state: unknown): void;
}

/** Has a schedule go on, by the loss where it follows that. */
export function stepBy(schedule: FitSchedule | undefined, loss: number): void {
  if (schedule?.follows === "loss") schedule.step(loss);
  else schedule?.step();
}

/**
 * The most that gradients may be.
 *
 * @category Training
 */
export interface GradientLimits {
  /** The largest norm, as of one vector. */
  readonly norm?: number;
  /** The largest element, to which they are brought first. */
  readonly value?: number;
}

/**
 * The most that gradients may be: their norm, as of one vector, or each element. Or what changes them in place.
 *
 * @category Training
 */
export type Clip = GradientLimits | ((parameters: readonly Tensor[]) => unknown);

/**
 * What {@link fit} may be told.
 *
 * @category Training
 */
export interface FitOptions<B = readonly Tensor[], Output = Tensor, Target = Tensor> {
  /** The mean loss of a batch, as a function of output and target or a module as {@link MSELoss}. */
  readonly loss: LossFunction<Output, Target>;
  /** What changes the parameters. */
  readonly optimizer: FitOptimizer;
  /** How many epochs there are, those before a checkpoint included; 1 unless said. */
  readonly epochs?: number;
  /** Batches that are not trained on, by which each epoch is judged. */
  readonly validation?: Batches<B>;
  /** Metrics by name, of what is trained on and of what is not. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** What is told how it goes. */
  readonly callbacks?: readonly Callback[];
  /** What sets the learning rate. */
  readonly schedule?: FitSchedule;
  /** Whether that steps after each epoch, as it does unless said, or after each step of the optimizer. */
  readonly scheduleEvery?: "epoch" | "step";
  /** The most that gradients may be. */
  readonly clip?: Clip;
  /** How many batches there are to a step, whose gradient is that of all their samples together; 1 unless said. */
  readonly accumulate?: number;
  /** Ends it after a step; the history is given even so. */
  readonly signal?: StopSignal;
  /** Takes a batch apart; the last tensor in it is its target unless said. */
  readonly unpack?: Unpack<B, Target>;
  /** Where and how often all is written down that it takes to go on after an end at any moment; or just the file. */
  readonly checkpoint?: CheckpointOptions | string | FileAddress;
  /** Goes on from a checkpoint, to the bit: with `true` from the newest one there, if there is one. */
  readonly resume?: Resume;
  /**
   * The processes that train the model together, as `connect()` of `@tapegrad/distributed` gives them: losses and metrics
   * are means over all, an end of one is one of all, and the first alone tells how it goes and writes checkpoints.
   */
  readonly ranks?: FitRanks;
  /** How it shows how far it is; a line on a terminal, and elsewhere one for each epoch, unless said. */
  readonly progress?: ProgressKind;
  /** `false` is `progress: "silent"`. */
  readonly verbose?: boolean;
  /** What takes the line of each epoch, in place of terminal and console. */
  readonly log?: (line: string) => void;
}

const known: Readonly<Record<keyof FitOptions, unknown>> = {
  loss: null,
  optimizer: null,
  epochs: 1,
  validation: null,
  metrics: {},
  callbacks: null,
  schedule: null,
  scheduleEvery: "",
  clip: null,
  accumulate: 1,
  signal: null,
  checkpoint: null,
  resume: null,
  ranks: null,
  unpack: () => {},
  progress: "",
  verbose: true,
  log: () => {},
};

/** What options come to. */
export interface FitSettings<B, Output, Target> extends FitOptions<B, Output, Target> {
  readonly computeLoss: (output: Output, target: Target) => Tensor;
  readonly epochs: number;
  readonly accumulate: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly callbacks: readonly Callback[];
  readonly scheduleEvery: "epoch" | "step";
  readonly checkpoint?: CheckpointOptions;
}

/** The options with those that were left out, or an error that says which is none. */
export function settled<B, Output, Target>(
  model: AnyModule,
  loader: Batches<B>,
  options: FitOptions<B, Output, Target>,
): FitSettings<B, Output, Target> {
  checkModel("fit", model);
  checkBatches("fit on", loader);
  if (options === undefined) {
    throw new TypeError("Cannot fit without options: a loss and an optimizer are needed");
  }
  checkOptions("fit", options, known);
  const { epochs = 1, accumulate = 1, metrics = {}, callbacks = [], scheduleEvery = "epoch" } = options;
  checkCount("epochs", epochs, 0);
  checkCount("accumulate", accumulate, 1);
  checkMetrics("fit", metrics);
  checkCallbacks(callbacks);
  checkOptimizer(options.optimizer);
  checkCovered(model, options);
  checkRest(options, scheduleEvery);
  const checkpoint = checkpointOptions(options.checkpoint);
  checkResume(options.resume, checkpoint !== undefined);
  const computeLoss = lossFunction("fit", options.loss);
  return { ...options, computeLoss, epochs, accumulate, metrics, callbacks, scheduleEvery, checkpoint };
}

function checkCount(name: string, value: number, least: number): void {
  checkSetting("fit", name, value, least);
  if (Number.isInteger(value)) return;
  throw new RangeError(`Cannot fit with ${name} ${value}: an integer from ${least} is needed`);
}

function checkOptimizer(optimizer: FitOptimizer): void {
  const { groups, step } = Object(optimizer);
  if (!Array.isArray(groups) || typeof step !== "function") {
    throw new TypeError(
      `Cannot fit with the optimizer ${
        described(optimizer)
      }: one of @tapegrad/optim is needed, as new Adam(model)`,
    );
  }
  if (step.length === 0) return;
  throw new TypeError(
    `Cannot fit with ${optimizer.constructor.name}, which asks for the loss itself: await optimizer.step(closure) in a loop of your own`,
  );
}

/** Whatever is changed is in the model, or else in the loss. */
function checkCovered(
  model: AnyModule,
  { optimizer, loss }: { optimizer: FitOptimizer; loss: unknown },
): void {
  const own = new Set(collectParameters([model, loss]));
  if (own.size === 0) {
    throw new TypeError(`Cannot fit ${model.constructor.name}: it has no parameters that require gradients`);
  }
  const changed = optimizer.groups.flatMap(({ parameters }) => parameters);
  const strays = changed.filter((parameter) => !own.has(parameter));
  if (strays.length === 0) return;
  const name = optimizer.constructor.name, { label } = strays[0];
  throw new TypeError(
    `Cannot fit ${model.constructor.name} with ${name}: ${strays.length} of its ${changed.length} parameters${
      label ? `, ${quoted(label)} the first,` : ""
    } are not in the model; make it of this model's`,
  );
}

function checkRest<B, Output, Target>(options: FitOptions<B, Output, Target>, scheduleEvery: string): void {
  const { schedule, validation, signal, clip } = options;
  if (validation !== undefined) checkBatches("validate on", validation);
  if (scheduleEvery !== "epoch" && scheduleEvery !== "step") {
    throw new TypeError(`Cannot fit with a schedule every ${described(scheduleEvery)}: choose epoch or step`);
  }
  if (schedule !== undefined && typeof schedule?.step !== "function") {
    throw new TypeError(
      `Cannot fit with the schedule ${described(schedule)}: one of @tapegrad/optim is needed`,
    );
  }
  const scheduled = schedule?.optimizer?.groups;
  if (scheduled && !options.optimizer.groups.some((group) => scheduled.includes(group))) {
    throw new TypeError(
      `Cannot fit with a ${schedule.constructor.name} of another optimizer: make it of this one, as it sets its rates`,
    );
  }
  if (schedule?.follows && scheduleEvery === "step") {
    throw new TypeError(
      `Cannot fit with ${schedule.constructor.name} every step: it follows the loss of epochs, leave scheduleEvery out`,
    );
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new TypeError(
      `Cannot fit with the signal ${described(signal)}: that of an AbortController is needed`,
    );
  }
  checkClip(clip);
  if (typeof clip === "function" && options.optimizer.clipNext) {
    throw new TypeError(
      `Cannot fit with ${options.optimizer.constructor.name} and a function that clips: each process has its own ` +
        "gradients before the step; pass clip: { norm }, { value } or both",
    );
  }
  checkRanks(options.ranks);
  checkProgress(options);
}

function checkClip(clip: Clip | undefined): void {
  if (clip === undefined || typeof clip === "function") return;
  checkOptions("clip gradients", clip, { norm: 0, value: 0 });
  const { norm, value } = clip;
  if (norm === undefined && value === undefined) {
    throw new TypeError("Cannot clip gradients by nothing: pass { norm }, { value } or both");
  }
  for (const [name, most] of Object.entries({ norm: norm ?? 0, value: value ?? 0 })) {
    checkSetting("clip gradients", name, most, 0, Infinity);
  }
}
