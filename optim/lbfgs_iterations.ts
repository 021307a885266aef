/** The iterations of a step of L-BFGS. */
import { checkTensor, concat, mul, noGrad, read, scope, sumOf, type Tensor, zeros } from "@tapegrad/core";
import type { Closure, LBFGSSettings, LBFGSState } from "./lbfgs.ts";
import { parametersToVector, vectorToParameters } from "./parameter_vector.ts";
import { type Point, strongWolfe } from "./wolfe.ts";

/** The loss at the parameters as they are, with its gradient as one vector. */
type Here = Omit<Point, "t"> & { readonly value: Tensor };

/** A direction, with what is known of it. */
interface Direction {
  readonly d: Tensor;
  /** The derivative along it. */
  readonly slope: number;
  /** How far it moves an element at most. */
  readonly width: number;
  /** The sum of what the gradient's elements are without their signs. */
  readonly total: number;
}

/** What a step gives: the loss that it began with, and what is to be remembered. */
export interface Stepped {
  readonly first: Tensor;
  readonly state: LBFGSState;
}

function dot(a: Tensor, b: Tensor): Tensor {
  return sumOf(mul, a, b);
}

/** Iterates from where the parameters are until there is no progress or it has been enough. */
export class Iterations {
  readonly #parameters: readonly Tensor[];
  readonly #options: LBFGSSettings;
  readonly #closure: Closure;
  #state: LBFGSState;

  /** Of a closure, and what is remembered. */
  constructor(
    parameters: readonly Tensor[],
    options: LBFGSSettings,
    closure: Closure,
    state: LBFGSState,
  ) {
    this.#parameters = parameters;
    this.#options = options;
    this.#closure = closure;
    this.#state = state;
  }

  /** Iterates. */
  async run(): Promise<Stepped> {
    const { maxIter, toleranceGrad, toleranceChange } = this.#options, maxEval = maxEvalOf(this.#options);
    let here = await this.#evaluate(null), evaluations = 1;
    const first = here.value;
    this.#change({ funcEvals: this.#state.funcEvals + 1 });
    if (here.steepest <= toleranceGrad) return { first, state: this.#state };
    for (let n = 1; n <= maxIter; n++) {
      const before = here,
        direction = await this.#direction(here.gradient),
        { slope, width, total } = direction;
      const { learningRate } = this.#options;
      this.#change({
        d: direction.d,
        prevFlatGrad: here.gradient,
        t: this.#state.nIter === 1 ? Math.min(1, 1 / total) * learningRate : learningRate,
      });
      if (slope > -toleranceChange) break;
      const moved = await this.#move(here, direction, n === maxIter);
      here = moved.here;
      evaluations += moved.evaluations;
      this.#change({ funcEvals: this.#state.funcEvals + moved.evaluations });
      if (evaluations >= maxEval || here.steepest <= toleranceGrad) break;
      if (Math.abs(this.#state.t) * width <= toleranceChange) break;
      if (Math.abs(here.loss - before.loss) < toleranceChange) break;
    }
    return { first, state: this.#state };
  }

  #change(changes: Partial<LBFGSState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  async #evaluate(d: Tensor | null): Promise<Here> {
    const found = await scope(this.#closure);
    checkTensor("search by the loss of a closure, which is", found);
    const value = found.detach();
    const gradient = noGrad(() => concat(this.#parameters.map(flatGradient)));
    const wanted = [value, gradient.abs().max(), d ? dot(gradient, d) : value];
    const [[loss], [steepest], [slope]] = await read(wanted);
    return { value, gradient, loss, steepest, slope };
  }

  async #direction(gradient: Tensor): Promise<Direction> {
    await this.#remember(gradient);
    const { nIter, hDiag, oldDirs, oldStps, ro } = this.#state;
    let d = gradient.neg();
    if (nIter > 1) {
      const factors = new Array<Tensor>(ro.length);
      for (let i = ro.length - 1; i >= 0; i--) {
        factors[i] = dot(oldStps[i], d).mul(ro[i]);
        d = d.sub(oldDirs[i].mul(factors[i]));
      }
      d = d.mul(hDiag);
      for (let i = 0; i < ro.length; i++) {
        d = d.add(oldStps[i].mul(factors[i].sub(dot(oldDirs[i], d).mul(ro[i]))));
      }
    }
    const [[slope], [width], [total]] = await read([dot(gradient, d), d.abs().max(), gradient.abs().sum()]);
    return { d, slope, width, total };
  }

  // How the gradient changed by the last step, where the loss is curved upwards there.
  async #remember(gradient: Tensor): Promise<void> {
    const { nIter, d, t, prevFlatGrad, oldDirs, oldStps, ro } = this.#state, { historySize } = this.#options;
    this.#change({ nIter: nIter + 1 });
    if (!d || !prevFlatGrad) return;
    const change = gradient.sub(prevFlatGrad), step = d.mul(t);
    const [[product], [square]] = await read([dot(change, step), dot(change, change)]);
    if (!(product > 1e-10)) return;
    const last = <T>(list: readonly T[], one: T) => [...list, one].slice(-historySize);
    this.#change({
      oldDirs: last(oldDirs, change),
      oldStps: last(oldStps, step),
      ro: last(ro, 1 / product),
      hDiag: product / square,
    });
  }

  async #move(
    here: Here,
    { d, slope, width }: Direction,
    last: boolean,
  ): Promise<{ here: Here; evaluations: number }> {
    const { t } = this.#state, { lineSearchFn, toleranceChange: tolerance } = this.#options;
    const origin = noGrad(() => parametersToVector(this.#parameters).mul(1));
    const go = (far: number) => vectorToParameters(origin.add(d.mul(far)), this.#parameters);
    if (lineSearchFn === null) {
      go(t);
      return last ? { here, evaluations: 0 } : { here: await this.#evaluate(null), evaluations: 1 };
    }
    const at = async (far: number) => {
      go(far);
      return { ...await this.#evaluate(d), t: far };
    };
    const { point, evaluations } = await strongWolfe({
      at,
      start: { ...here, slope, t: 0 },
      width,
      tolerance,
    }, t);
    go(point.t);
    this.#change({ t: point.t });
    return { here: { ...point, value: here.value }, evaluations };
  }
}

function maxEvalOf({ maxIter, maxEval }: LBFGSSettings): number {
  return maxEval ?? Math.floor(maxIter * 5 / 4);
}

function flatGradient({ grad, size, dtype, backend }: Tensor): Tensor {
  return grad ? grad.detach().reshape([-1]).mul(1) : zeros([size], { dtype, backend });
}
