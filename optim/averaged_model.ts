/** Averages of weights over training: EMA, SWA. */
import {
  checkFunction,
  checkOptions,
  checkSetting,
  defineUpdate,
  e,
  equal,
  full,
  keep,
  noGrad,
  Scalar,
  scope,
  Tensor,
  where,
} from "@tapegrad/core";
import type { HasParameters } from "./parameters.ts";
import { tensorsIn } from "./parameter_groups.ts";
import { checkState } from "./settings.ts";

/**
 * What an average becomes by a parameter, where `count` were averaged before, on the device: the new average, or nothing
 * where the average was changed in place. The first parameter is copied, whatever it gives.
 *
 * @category Training
 */
export type AveragingFn = (averaged: Tensor, parameter: Tensor, count: Tensor) => Tensor | void;

/**
 * The same for all tensors together, in place. The first parameters are copied afterwards, whatever it makes of them.
 *
 * @category Training
 */
export type MultiAveragingFn = (
  averaged: readonly Tensor[],
  parameters: readonly Tensor[],
  count: Tensor,
) => void;

const fade = /* @__PURE__ */ defineUpdate(
  "fade",
  (mean, p, count, decay) =>
    e.select(e.eq(count, 0), p, e.add(e.mul(decay, mean), e.mul(e.sub(1, decay), p))),
);

const share = /* @__PURE__ */ defineUpdate(
  "share",
  (mean, p, count) =>
    e.add(mean, e.select(e.eq(count, 0), e.sub(p, mean), e.div(e.sub(p, mean), e.add(count, 1)))),
);

/**
 * The exponential average (EMA), of which `decay` stays, 0.999 unless said: decay·average + (1 - decay)·parameter.
 *
 * @category Training
 * @example
 * ```ts
 * import { noGrad, variable } from "@tapegrad/core";
 * import { AveragedModel, getEmaAvgFn } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = variable([4]), last = new AveragedModel({ parameters: () => [w] }, { avgFn: getEmaAvgFn(0) });
 * last.updateParameters();
 * noGrad(() => w.assign(8));
 * assertEquals(await last.use(() => w.array()), [4]);
 * last.updateParameters();
 * assertEquals(await last.use(() => w.array()), [8]);
 * ```
 */
export function getEmaAvgFn(decay = 0.999): AveragingFn {
  checkSetting("average weights", "decay", decay, 0, 1);
  const cell = new Scalar("decay", decay);
  return (averaged, parameter, count) => fade(averaged, parameter, count, cell);
}

/**
 * The mean of all (SWA; Izmailov et al., 2018).
 *
 * @category Training
 */
export function getSwaAvgFn(): AveragingFn {
  return (averaged, parameter, count) => share(averaged, parameter, count);
}

/**
 * {@link getEmaAvgFn} of all tensors together.
 *
 * @category Training
 */
export function getEmaMultiAvgFn(decay = 0.999): MultiAveragingFn {
  return together(getEmaAvgFn(decay));
}

/**
 * {@link getSwaAvgFn} of all tensors together.
 *
 * @category Training
 */
export function getSwaMultiAvgFn(): MultiAveragingFn {
  return together(getSwaAvgFn());
}

function together(average: AveragingFn): MultiAveragingFn {
  return (averaged, parameters, count) =>
    averaged.forEach((one, i) => void average(one, parameters[i], count));
}

/**
 * What may have buffers too: tensors that are part of its state but no parameters.
 *
 * @category Training
 */
export interface HasBuffers extends HasParameters {
  /** The buffers. */
  buffers?(): Iterable<Tensor>;
}

/**
 * How {@link AveragedModel} averages.
 *
 * @category Training
 */
export interface AveragedModelOptions {
  /** The rule for each tensor; {@link getSwaAvgFn} unless said. */
  readonly avgFn?: AveragingFn;
  /** The rule for all together, instead. */
  readonly multiAvgFn?: MultiAveragingFn;
  /** Average buffers too; they stay those of the model unless said. */
  readonly useBuffers?: boolean;
}

/**
 * What an {@link AveragedModel} would lose if it were made again.
 *
 * @category Training
 */
export interface AveragedState {
  /** The averages, in the order of parameters, then buffers. */
  readonly averaged: readonly Tensor[];
  /** How many were averaged. */
  readonly nAveraged: Tensor;
}

/**
 * Averages of the parameters of a model over training, as PyTorch's: the mean unless said (SWA), or with
 * `getEmaAvgFn` one that fades (EMA). It holds the averages beside the model, whose parameters they take the place of
 * while `use` runs. How many were averaged is counted on the device, so that a recorded step goes on averaging.
 *
 * @category Training
 * @example
 * ```ts
 * import { noGrad, variable } from "@tapegrad/core";
 * import { AveragedModel, getEmaAvgFn } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = variable([2]), model = { parameters: () => [w] };
 * const ema = new AveragedModel(model, { avgFn: getEmaAvgFn(0.75) });
 * for (const value of [2, 6]) {
 *   noGrad(() => w.assign(value));
 *   ema.updateParameters();
 * }
 * assertEquals(await ema.use(() => w.array()), [3]);
 * assertEquals(await w.array(), [6]);
 * ```
 */
export class AveragedModel<M extends HasBuffers> {
  /** The model whose parameters are averaged. */
  readonly module: M;
  /** How many were averaged, an integer without axes. */
  readonly nAveraged: Tensor;
  /** The averages, in the order of the parameters, then of the buffers where they are averaged. */
  readonly averaged: readonly Tensor[];
  readonly #average: MultiAveragingFn;
  readonly #useBuffers: boolean;

  /** Averages of nothing yet, which until then are the parameters as they are. */
  constructor(model: M, options: AveragedModelOptions = {}) {
    checkOptions("average weights", options, { avgFn: null, multiAvgFn: null, useBuffers: true });
    const { avgFn = getSwaAvgFn(), multiAvgFn, useBuffers = false } = options;
    for (const fn of [avgFn, multiAvgFn ?? avgFn]) checkFunction("average weights by", fn);
    this.module = model;
    this.#useBuffers = useBuffers;
    this.#average = multiAvgFn ? settling(multiAvgFn) : one(avgFn);
    const tensors = this.#tensors(model);
    if (tensors.length === 0) throw new TypeError("Cannot average nothing: the model has no parameters");
    this.averaged = noGrad(() => tensors.map((t) => keep(t.detach().zerosLike().assign(t))));
    this.nAveraged = keep(full([], 0, { dtype: "i32", backend: tensors[0].backend }));
  }

  #tensors(model: HasBuffers): Tensor[] {
    return [...tensorsIn("average", model), ...this.#useBuffers ? model.buffers?.() ?? [] : []];
  }

  /** Takes the parameters as they are into the averages; those of `model`, which are its own unless said. */
  updateParameters(model: HasBuffers = this.module): void {
    const tensors = this.#tensors(model).map((t) => t.detach());
    scope(() =>
      noGrad(() => {
        this.#average(this.averaged, tensors, this.nAveraged);
        count(this.nAveraged);
      })
    );
  }

  /** Runs `fn` with the averages in the place of the parameters, also where it gives a promise, and gives its result. */
  use<T>(fn: () => T): T {
    checkFunction("use averages in", fn);
    const tensors = this.#tensors(this.module), own = tensors.map((t) => t.detach());
    const place = (values: readonly Tensor[]) =>
      noGrad(() => tensors.forEach((t, i) => void t.setData(values[i])));
    place(this.averaged);
    let result: T;
    try {
      result = fn();
    } catch (error) {
      place(own);
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => place(own)) as T;
    place(own);
    return result;
  }

  /** Overwrites the parameters of the model, or of another one, with the averages. */
  copyTo(model: HasBuffers = this.module): void {
    noGrad(() => this.#tensors(model).forEach((t, i) => void t.assign(this.averaged[i])));
  }

  /** The averages and their count: the tensors in use, not copies. */
  stateDict(): AveragedState {
    return { averaged: this.averaged, nAveraged: this.nAveraged };
  }

  /** Goes on where another one stood; tensors are copied. */
  loadStateDict(dict: AveragedState): void {
    const { averaged, nAveraged } = dict ?? {}, isTensor = (x: unknown) => x instanceof Tensor;
    const fits = Array.isArray(averaged) && averaged.length < 2 ** 24 && Array.from(averaged).every(isTensor);
    checkState(this, dict, fits && isTensor(nAveraged));
    if (averaged.length !== this.averaged.length) {
      throw new RangeError(
        `Cannot load ${averaged.length} averages into AveragedModel: it has ${this.averaged.length}`,
      );
    }
    scope(() => {
      [...this.averaged, this.nAveraged].forEach((own, i) =>
        own.assign([...averaged, nAveraged][i].to(own.backend.name))
      );
    });
  }
}

const count = /* @__PURE__ */ defineUpdate("count", (n) => e.add(n, 1));

const settle = /* @__PURE__ */ defineUpdate("settle", (mean, p, n) => e.select(e.eq(n, 0), p, mean));

// The first parameter is copied, whatever a rule of one's own makes of it.
function settling(average: MultiAveragingFn): MultiAveragingFn {
  return (averaged, parameters, counted) => {
    average(averaged, parameters, counted);
    averaged.forEach((mean, i) => settle(mean, parameters[i], counted));
  };
}

function one(average: AveragingFn): MultiAveragingFn {
  return (averaged, parameters, counted) =>
    averaged.forEach((mean, i) => {
      const found = average(mean, parameters[i], counted);
      if (found) mean.assign(where(equal(counted, 0), parameters[i], found));
    });
}
