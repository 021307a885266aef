/** An end where it gets no better. */
import { checkOptions, checkSetting, described, keep, noGrad, scope, type Tensor } from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import type { AnyModule } from "../module.ts";
import type { Callback, FitRun } from "./callbacks.ts";
import type { History } from "./history.ts";
import { type EpochRecord, namesIn, validationName, valueIn } from "./record.ts";

/**
 * What {@link EarlyStopping} may be told.
 *
 * @category Training
 */
export interface EarlyStoppingOptions {
  /** A value of the epochs' records or a metric: the validation loss, or without validation the loss, unless said. */
  readonly monitor?: string;
  /** Whether less is better, as of a loss, or more; of metrics it has to be said. */
  readonly mode?: "min" | "max";
  /** After how many epochs in a row that are no better it ends; 3 unless said. */
  readonly patience?: number;
  /** By how much better is better; 0 unless said. */
  readonly minDelta?: number;
  /** Whether the model is left with the weights and buffers of the best epoch; it is unless said. */
  readonly restoreBest?: boolean;
}

interface State {
  readonly best: number | null;
  readonly bestEpoch: number;
  readonly waited: number;
  readonly weights: StateDict | null;
}

const nothing: State = { best: null, bestEpoch: 0, waited: 0, weights: null };

/**
 * A callback that ends a training which gets no better. The model then has the weights of the best epoch, also where
 * all epochs were gone through; after an abort it has its last ones, and {@link EarlyStopping.restore} gives the best.
 *
 * @category Training
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { DataLoader, EarlyStopping, fit, Linear, mseLoss, TensorDataset } from "@tapegrad/nn";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const loader = new DataLoader(new TensorDataset(tensor([[1]]), tensor([[1]])));
 * const model = new Linear(1, 1, { bias: false }), stopping = new EarlyStopping({ patience: 2 });
 * const optimizer = new GD(model, { learningRate: 1.5 }); // which leads ever farther away
 * const options = { loss: mseLoss, optimizer, epochs: 50, callbacks: [stopping], verbose: false };
 * const history = await fit(model, loader, options);
 * assertEquals([history.epochs.length, stopping.bestEpoch], [3, 1]);
 * ```
 */
export class EarlyStopping implements Callback {
  readonly #options: EarlyStoppingOptions;
  #state = nothing;
  #isLoaded = false;

  /** Watches one value. */
  constructor(options: EarlyStoppingOptions = {}) {
    const known = { monitor: "", mode: "", patience: 1, minDelta: 0, restoreBest: true };
    checkOptions("stop early", options, known);
    const { patience = 3, minDelta = 0, mode } = options;
    checkSetting("stop early", "patience", patience, 1);
    checkSetting("stop early", "minDelta", minDelta, 0);
    if (mode !== undefined && mode !== "min" && mode !== "max") {
      throw new TypeError(`Cannot stop early with mode ${described(mode)}: choose min or max`);
    }
    this.#options = options;
  }

  /** The best value, `null` before there is one. */
  get best(): number | null {
    return this.#state.best;
  }

  /** The epoch that had it, from 1; 0 before there is one. */
  get bestEpoch(): number {
    return this.#state.bestEpoch;
  }

  /** Begins anew, unless it goes on from a checkpoint. */
  onFitBegin(): void {
    if (!this.#isLoaded) this.#replace(nothing);
    this.#isLoaded = false;
  }

  /** Looks whether the epoch was better. */
  onEpochEnd(record: EpochRecord, run: FitRun): void {
    const name = this.#monitor(record), value = this.#value(record, name), { patience = 3 } = this.#options;
    if (this.#isBetter(value, name)) {
      const weights = this.#options.restoreBest ?? true ? copied(run.model.stateDict()) : null;
      return this.#replace({ best: value, bestEpoch: record.epoch, waited: 0, weights });
    }
    this.#state = { ...this.#state, waited: this.#state.waited + 1 };
    if (this.#state.waited < patience) return;
    const since = this.best === null ? "was never a number" : `has been no better than ${this.best}`;
    run.stop(`${name} ${since} for ${this.#state.waited} epochs`);
  }

  /** Leaves the model with the best weights. */
  onFitEnd(history: History, { model }: FitRun): void {
    if (history.stopped?.by === "signal") return;
    this.restore(model);
    this.#replace({ ...this.#state, weights: null });
  }

  /** Overwrites the weights and buffers of a model with the best, while they are held. */
  restore(model: AnyModule): void {
    if (this.#state.weights !== null) model.loadStateDict(this.#state.weights);
  }

  /** Where it stands, with the best weights: the tensors in use, not copies. */
  stateDict(): unknown {
    return this.#state;
  }

  /** Goes on where another one stood; tensors are copied. */
  loadStateDict(state: unknown): void {
    const { best, bestEpoch, waited, weights } = Object(state);
    const fits = [best ?? 0, bestEpoch, waited].every((x) => typeof x === "number") &&
      typeof weights === "object";
    if (!fits) {
      throw new TypeError(`Cannot load ${described(state)} into EarlyStopping: its stateDict() is needed`);
    }
    this.#replace({ best, bestEpoch, waited, weights: weights && copied(weights) });
    this.#isLoaded = true;
  }

  #monitor(record: EpochRecord): string {
    const validation = validationName("loss");
    return this.#options.monitor ?? (record.validationLoss === undefined ? "loss" : validation);
  }

  #value(record: EpochRecord, name: string): number {
    const value = valueIn(record, name);
    if (value !== undefined) return value;
    throw new RangeError(`Cannot stop early by ${described(name)}: there are ${namesIn(record).join(", ")}`);
  }

  #isBetter(value: number, name: string): boolean {
    const { minDelta = 0 } = this.#options, { best } = this.#state, isMin = this.#mode(name) === "min";
    if (Number.isNaN(value)) return false;
    return best === null || (isMin ? value < best - minDelta : value > best + minDelta);
  }

  #mode(name: string): "min" | "max" {
    if (this.#options.mode !== undefined) return this.#options.mode;
    if (["loss", validationName("loss")].includes(name)) return "min";
    throw new TypeError(
      `Cannot stop early by ${described(name)} alone: say by mode whether min or max is better`,
    );
  }

  #replace(state: State): void {
    const old = this.#state.weights;
    this.#state = state;
    if (old !== state.weights) Object.values(old ?? {}).forEach((tensor) => tensor.dispose());
  }
}

function copied(state: Readonly<StateDict>): StateDict {
  const copy = (tensor: Tensor) => tensor.detach().zerosLike().assign(tensor);
  return keep(
    scope(() =>
      noGrad(() => Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, copy(tensor)])))
    ),
  );
}
