/** What all optimizers have in common. */
import {
  checkGradient,
  checkUpdate,
  guard,
  keep,
  noGrad,
  scope,
  type Shape,
  type Tensor,
} from "@tapegrad/core";
import { haveFiniteGradients, mayStep } from "./non_finite.ts";
import { type Cells, type Optimizable, type OptimizerOptions, ParameterGroup } from "./parameters.ts";
import { nameOf, parseGroups } from "./parameter_groups.ts";
import { type Pace, paced } from "./pace.ts";
import { checkState } from "./settings.ts";
import { checkShapes, copies, follow, nameState, type ParameterState, tensorsOf } from "./remembered.ts";

/**
 * What an optimizer would lose if it were made again.
 *
 * @category Optimizers
 */
export interface OptimizerStateDict<Options> {
  /** The settings of each group and how many parameters it has. */
  readonly groups: readonly { readonly options: Options; readonly count: number }[];
  /** What is remembered of each parameter, in the order of the groups. */
  readonly state: readonly Readonly<ParameterState>[];
}

/**
 * Changes parameters along their gradients. A subclass says in `update` how one parameter changes;
 * steps, groups and the state dict are here.
 *
 * It is made of parameters (a list of leaves that require gradients, or a module) or of a list of
 * groups `{ parameters, …settings }`, and of the settings of those that name none. No parameters, one
 * that is listed twice or no tensor are a `TypeError`, one that is no leaf or requires no gradients is a
 * {@link TapeError}, settings out of range are a `RangeError`.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { type Tensor, variable } from "@tapegrad/core";
 * import { Optimizer, type OptimizerOptions } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class SignDescent extends Optimizer<OptimizerOptions> {
 *   protected override update(parameter: Tensor, gradient: Tensor, options: OptimizerOptions): void {
 *     parameter.assign(parameter.sub(gradient.sign().mul(options.learningRate)));
 *   }
 * }
 *
 * const x = variable([3, -4]);
 * const optimizer = new SignDescent([x], { learningRate: 1 });
 * x.square().sum().backward();
 * optimizer.step();
 * assertEquals(await x.array(), [2, -3]);
 * ```
 */
export abstract class Optimizer<
  Options extends OptimizerOptions,
  State extends ParameterState = ParameterState,
  Derived extends Readonly<Record<string, number>> = Record<never, number>,
> implements Disposable {
  /** The parameters, by settings. */
  readonly groups: readonly ParameterGroup<Options>[];
  /** The numbers that parameters share which make the same steps; none unless said. */
  protected readonly pace: Pace<Cells<Options & Derived>> | null = null;
  #state = new Map<Tensor, State>();
  #replaced = 0; // how often tensors in it took the place of others, which programs may have
  readonly #seen = (): number => this.#replaced;
  // Whether others may hold the tensors in it.
  #handedOut = false;

  /** An optimizer of parameters; `options` are the settings of groups that name none. */
  constructor(parameters: Optimizable<Options>, options: Options) {
    this.groups = parseGroups(parameters, options).map((group) =>
      new ParameterGroup(group.parameters, group.options, {
        check: (changed) => this.check(changed),
        derived: (changed) => this.derived(changed),
      })
    );
  }

  /**
   * Changes one parameter, off the tape and in a scope: what it puts into `state` to find there in the
   * next step must be kept with `keep()`. The state is empty at first. `options` decide what is computed; what
   * is computed with are the `cells` of those that are numbers, so that it can be repeated with others.
   */
  protected abstract update(
    parameter: Tensor,
    gradient: Tensor,
    options: Options,
    state: State,
    cells: Cells<Options & Derived>,
  ): void;

  /** Refuses settings that make no sense, with a `RangeError`; the learning rate has been checked. */
  protected check(_options: Options): void {}

  /** Numbers that `update` computes with beside the settings they follow from, as cells too; none unless said. */
  protected derived(_options: Options): Derived {
    return {} as Derived;
  }

  /** The shape of what is remembered of a parameter under a name: that of the parameter, unless said. */
  protected shapeOf(_name: string, { shape }: Tensor): Shape {
    return shape;
  }

  /**
   * Changes each parameter that has a gradient. Where one cannot be changed, or its gradient is of another
   * shape, dtype or backend or was released, it is an error and none is. Returns whether it stepped, which it
   * does unless a gradient is not finite and `nonFinite` is `"skip"`.
   *
   * @example
   * ```ts
   * import { TapeError, tensor, variable } from "@tapegrad/core";
   * import { GD } from "@tapegrad/optim";
   * import "@tapegrad/backends";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const x = variable([1, 2]);
   * const optimizer = new GD([x], { learningRate: 0.1, nonFinite: "skip" });
   * x.setGrad(tensor([1, NaN]));
   * assertEquals(optimizer.step(), false);
   * assertEquals(await x.array(), [1, 2]);
   * optimizer.groups[0].change({ nonFinite: "throw" });
   * assertThrows(() => optimizer.step(), TapeError, "its element 1 of 2 is NaN");
   * ```
   */
  step(): boolean {
    return scope(() =>
      noGrad(() => {
        const numbers = this.#prepare();
        const steps = mayStep(this.groups);
        if (steps) this.groups.forEach((group, i) => this.#stepGroup(group, numbers[i]));
        return steps;
      })
    );
  }

  /**
   * Whether no gradient has a NaN or an infinity, asked in one round trip: on a device that is not read at once
   * it takes the place of `nonFinite`.
   *
   * @example
   * ```ts
   * import { tensor, variable } from "@tapegrad/core";
   * import { GD } from "@tapegrad/optim";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable([1, 0]), optimizer = new GD([x], { learningRate: 0.1 });
   * x.log().sum().backward();
   * if (await optimizer.hasFiniteGradients()) optimizer.step();
   * assertEquals(await x.array(), [1, 0]);
   * ```
   */
  hasFiniteGradients(): Promise<boolean> {
    return haveFiniteGradients(this.#parameters());
  }

  // All or none: what could stop a change is asked for, and what moves along does so, before the first.
  #prepare(): (readonly Tensor[])[][] {
    guard(this.#seen);
    const parameters = this.#parameters(), remembered: Tensor[] = [];
    parameters.forEach(checkStep);
    const numbers = this.groups.map((group) => this.#pacedIn(group));
    for (const parameter of parameters) {
      if (!parameter.grad) continue;
      for (const value of tensorsOf(this.#stateOf(parameter))) {
        follow(value, parameter);
        remembered.push(value);
      }
    }
    for (const tensor of remembered) void tensor.buffer;
    return numbers;
  }

  #pacedIn({ parameters }: ParameterGroup<Options>): (readonly Tensor[])[] {
    if (!this.pace) return [];
    return paced(
      this.pace.start,
      parameters.map((parameter) => ({ parameter, state: this.#stateOf(parameter) })),
      () => this.#replaced++,
    );
  }

  #stepGroup(
    { parameters, options, cells }: ParameterGroup<Options>,
    numbers: readonly (readonly Tensor[])[],
  ): void {
    for (const set of numbers) this.pace!.advance(set, cells as Cells<Options & Derived>);
    for (const parameter of parameters) {
      if (!parameter.grad) continue;
      const state = this.#stateOf(parameter);
      this.update(parameter, parameter.grad, options, state, cells as Cells<Options & Derived>);
      nameState(parameter, state);
    }
  }

  #stateOf(parameter: Tensor): State {
    let state = this.#state.get(parameter);
    if (!state) this.#state.set(parameter, state = {} as State);
    return state;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.#parameters()) parameter.setGrad(null);
  }

  #parameters(): Tensor[] {
    return this.groups.flatMap((group) => group.parameters);
  }

  /** The learning rate of the first group, which is that of all unless groups were given their own. */
  get learningRate(): number {
    return this.groups[0].learningRate;
  }

  /** Sets the learning rate of all groups; a negative one is a `RangeError`. */
  set learningRate(rate: number) {
    const changed: Partial<OptimizerOptions> = { learningRate: rate };
    this.#change(this.groups.map(() => changed as Partial<Options>));
  }

  #change(options: readonly Partial<Options>[]): void {
    const changes = this.groups.map((group, i) => group.prepare(options[i]));
    for (const change of changes) change();
  }

  /** The settings and what is remembered. As in PyTorch, the tensors are those in use, not copies. */
  stateDict(): OptimizerStateDict<Options> {
    this.#handedOut = true;
    return {
      groups: this.groups.map(({ options, parameters }) => ({ options, count: parameters.length })),
      state: this.#parameters().map((parameter) => ({ ...this.#state.get(parameter) })),
    };
  }

  /**
   * Goes on where another optimizer of as many parameters stood; tensors are copied. Groups of another
   * size are a `RangeError`, tensors of another shape than the parameter's a {@link ShapeError}, and
   * nothing is changed then.
   */
  loadStateDict(dict: OptimizerStateDict<Options>): void {
    this.#checkGroups(dict);
    const parameters = this.#parameters();
    const shapeOf = (name: string, parameter: Tensor) =>
      this.pace && name in this.pace.start ? [] : this.shapeOf(name, parameter);
    parameters.forEach((parameter, i) => checkShapes(parameter, i, dict.state[i], shapeOf));
    const states = keep(scope(() => copies(parameters, dict.state)));
    this.#change(dict.groups.map((group) => group.options));
    if (!this.#handedOut) this.dispose();
    this.#replaced++;
    this.#handedOut = false;
    this.#state = new Map(parameters.map((parameter, i) => [parameter, states[i] as State]));
  }

  #checkGroups(dict: OptimizerStateDict<Options>): void {
    const { groups, state } = dict ?? {};
    checkState(this, dict, [groups, state].every(isListOfObjects));
    const ours = this.groups.map((group) => group.parameters.length),
      theirs = groups.map((group) => group.count);
    if (ours.join() === theirs.join() && state.length === this.#parameters().length) return;
    throw new RangeError(
      `Cannot load the state into ${this.constructor.name}: it has groups of ${
        ours.join(", ")
      } parameters and ` +
        `the state of ${theirs.join(", ")}, with ${state.length} entries`,
    );
  }

  /** Releases what is remembered, and with it forgets it; the parameters stay. */
  dispose(): void {
    for (const state of this.#state.values()) tensorsOf(state).forEach((value) => value.dispose());
    this.#state.clear();
    this.#replaced++;
  }

  /** `using optimizer = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkStep(parameter: Tensor, i: number): void {
  if (parameter.grad === null) return;
  checkGradient("step along the gradient of", parameter, parameter.grad, () => nameOf(parameter, i));
  checkUpdate("step", parameter, parameter.grad);
}

function isListOfObjects(list: unknown): boolean {
  // An array of holes would be walked for ever.
  return Array.isArray(list) && list.length < 2 ** 24 &&
    Array.from(list).every((value) => typeof value === "object" && value !== null);
}
