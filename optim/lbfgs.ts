/** A quasi-Newton method for losses of whole data sets. */
import { checkFunction, checkSetting, described, keep, scope, Tensor } from "@tapegrad/core";
import { Iterations } from "./lbfgs_iterations.ts";
import { type Optimizable, ParameterGroup } from "./parameters.ts";
import { parseGroups } from "./parameter_groups.ts";
import { checkNotNegatives, checkState, settled } from "./settings.ts";

/**
 * What {@link LBFGS} may be told.
 *
 * @category Optimizers
 */
export interface LBFGSOptions {
  /** The length of a step in units of the quasi-Newton step; 1 unless said. */
  readonly learningRate?: number;
  /** How many iterations a step has at most; 20 unless said. */
  readonly maxIter?: number;
  /** How often it asks for the loss at most; 5/4 of `maxIter` unless said. */
  readonly maxEval?: number | null;
  /** A gradient none of whose elements is larger ends it; 1e-7 unless said. */
  readonly toleranceGrad?: number;
  /** A change of the loss or of all elements that is smaller ends it; 1e-9 unless said. */
  readonly toleranceChange?: number;
  /** How many changes of the gradient it remembers; 100 unless said. */
  readonly historySize?: number;
  /** The line search; none unless said, where a step is as long as the learning rate. */
  readonly lineSearchFn?: "strongWolfe" | null;
}

/**
 * The settings of {@link LBFGS}, none left out.
 *
 * @category Optimizers
 */
export type LBFGSSettings = Required<LBFGSOptions>;

/**
 * What {@link LBFGS} remembers: vectors over all parameters, and numbers.
 *
 * @category Optimizers
 */
export interface LBFGSState {
  /** How often it asked for the loss. */
  readonly funcEvals: number;
  /** How many iterations it made. */
  readonly nIter: number;
  /** How far along `d` it went last. */
  readonly t: number;
  /** The scale of the inverse Hessian to begin with. */
  readonly hDiag: number;
  /** The direction it went last; `null` before the first step. */
  readonly d: Tensor | null;
  /** The gradient where it set out last. */
  readonly prevFlatGrad: Tensor | null;
  /** The changes of the gradient, the oldest first. */
  readonly oldDirs: readonly Tensor[];
  /** The steps that made them. */
  readonly oldStps: readonly Tensor[];
  /** One over the products of these with those. */
  readonly ro: readonly number[];
}

/**
 * What {@link LBFGS} would lose if it were made again.
 *
 * @category Optimizers
 */
export interface LBFGSStateDict {
  /** The settings. */
  readonly options: LBFGSSettings;
  /** What is remembered. */
  readonly state: LBFGSState;
}

const defaults = {
  learningRate: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

const nothing: LBFGSState = {
  funcEvals: 0,
  nIter: 0,
  t: 0,
  hDiag: 1,
  d: null,
  prevFlatGrad: null,
  oldDirs: [],
  oldStps: [],
  ro: [],
};

/**
 * Computes the loss and its gradients, which are forgotten before.
 *
 * @category Optimizers
 */
export type Closure = () => Tensor | Promise<Tensor>;

/**
 * L-BFGS (Nocedal, 1980), as PyTorch's, for losses that do not change from step to step. It asks for the loss more
 * than once a step, by a closure that forgets the gradients, computes the loss, runs backward and returns it. As it
 * decides by numbers that it reads from the device, a step is awaited, and cannot be recorded. All parameters have
 * one group.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { LBFGS } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const a = variable(-1.5), b = variable(2), optimizer = new LBFGS([a, b], { lineSearchFn: "strongWolfe" });
 * for (let i = 0; i < 5; i++) {
 *   await optimizer.step(() => {
 *     optimizer.zeroGrad();
 *     const loss = a.neg().add(1).square().add(b.sub(a.square()).square().mul(100)); // Rosenbrock's
 *     loss.backward();
 *     return loss;
 *   });
 * }
 * assertAlmostEquals(await b.item(), 1, 1e-3);
 * ```
 */
export class LBFGS implements Disposable {
  /** All parameters, with the settings. */
  readonly groups: readonly [ParameterGroup<LBFGSSettings>];
  #state: LBFGSState = nothing;

  /** Descends along the gradients of `parameters`. */
  constructor(parameters: Optimizable<LBFGSOptions>, options?: LBFGSOptions) {
    const settings: LBFGSSettings = settled("search", options, defaults);
    const [group, ...others] = parseGroups<LBFGSSettings>(parameters as Optimizable<LBFGSSettings>, settings);
    if (others.length > 0) {
      throw new RangeError(
        `Cannot optimise ${others.length + 1} groups by LBFGS: pass all parameters in one`,
      );
    }
    this.groups = [new ParameterGroup(group.parameters, group.options, { check })];
  }

  /** The learning rate. */
  get learningRate(): number {
    return this.groups[0].learningRate;
  }

  /** Sets it; a negative one is a `RangeError`. */
  set learningRate(rate: number) {
    this.groups[0].learningRate = rate;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.groups[0].parameters) parameter.setGrad(null);
  }

  /** Makes up to `maxIter` iterations and gives the loss that it began with. */
  async step(closure: Closure): Promise<Tensor> {
    checkFunction("step by", closure);
    const [{ parameters, options }] = this.groups, before = this.#state;
    const { first, state } = await scope(async () => {
      const found = await new Iterations(parameters, options, closure, before).run();
      tensorsOf(found.state).forEach(keep);
      return found;
    });
    this.#replace(state);
    return first;
  }

  #replace(state: LBFGSState): void {
    const kept = new Set(tensorsOf(state)), old = tensorsOf(this.#state);
    this.#state = state;
    for (const tensor of old) if (!kept.has(tensor)) tensor.dispose();
  }

  /** The settings and what is remembered: the tensors in use, not copies. */
  stateDict(): LBFGSStateDict {
    return { options: this.groups[0].options, state: this.#state };
  }

  /** Goes on where another one of as many elements stood; tensors are copied. */
  loadStateDict(dict: LBFGSStateDict): void {
    checkState(this, dict, isState(dict?.state));
    const { options, state } = dict;
    const [group] = this.groups, [like] = group.parameters;
    const total = group.parameters.reduce((sum, { size }) => sum + size, 0),
      wrong = tensorsOf(state)
        .find(({ size }) => size !== total);
    if (wrong) {
      throw new RangeError(`Cannot load the state of ${wrong.size} elements into LBFGS: it has ${total}`);
    }
    const copy = <T extends Tensor | null>(x: T) => x && keep(x.to(like.backend.name).mul(1)) as T;
    group.change(options);
    const { d, prevFlatGrad, oldDirs, oldStps } = state;
    this.#replace({
      ...state,
      d: copy(d),
      prevFlatGrad: copy(prevFlatGrad),
      oldDirs: oldDirs.map(copy),
      oldStps: oldStps.map(copy),
    });
  }

  /** Releases what is remembered, and with it forgets it. */
  dispose(): void {
    this.#replace(nothing);
  }

  /** `using optimizer = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function isState(state: LBFGSState | undefined): boolean {
  const { d, prevFlatGrad, oldDirs, oldStps, ro } = state ?? {};
  const vectors = [oldDirs, oldStps], isTensor = (x: unknown) => x instanceof Tensor;
  return [d, prevFlatGrad].every((x) => x === null || isTensor(x)) &&
    [...vectors, ro].every((list) => Array.isArray(list) && list.length < 2 ** 24) &&
    vectors.every((list) => Array.from(list!).every(isTensor));
}

function tensorsOf({ d, prevFlatGrad, oldDirs, oldStps }: LBFGSState): Tensor[] {
  return [d, prevFlatGrad, ...oldDirs, ...oldStps].filter((x) => x !== null);
}

function check(
  { maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn }: LBFGSSettings,
): void {
  for (const [name, value] of Object.entries({ maxIter, maxEval: maxEval ?? 1, historySize })) {
    checkSetting("search", name, value, 1);
  }
  checkNotNegatives({ "gradient's tolerance": toleranceGrad, "tolerance of change": toleranceChange });
  if (lineSearchFn === null || lineSearchFn === "strongWolfe") return;
  throw new RangeError(`Cannot search by ${described(lineSearchFn)}: choose "strongWolfe", or null for none`);
}
