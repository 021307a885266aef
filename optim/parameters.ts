/** What is optimised: the checks on it, and groups of it with settings of their own. */
import { checkOptions, checkSetting, described, guard, Scalar, type Tensor } from "@tapegrad/core";
import { choicesIn } from "./choices.ts";
import { inWords, merged } from "./parameter_groups.ts";

/**
 * Something that knows its parameters, as a module does.
 *
 * @category Optimizers
 */
export interface HasParameters {
  /** The tensors to optimise. */
  parameters(): Iterable<Tensor>;
}

/**
 * Tensors that require gradients, or what has them.
 *
 * @category Optimizers
 */
export type ParameterSource = Iterable<Tensor> | HasParameters;

/**
 * Parameters with settings that differ from the optimizer's.
 *
 * @category Optimizers
 */
export type GroupOptions<Options> = Partial<Options> & {
  /** The tensors of the group. */
  readonly parameters: ParameterSource;
};

/**
 * What an optimizer takes first: parameters, or groups of them, a module in a list being a group.
 *
 * @category Optimizers
 */
export type Optimizable<Options> = ParameterSource | Iterable<HasParameters | GroupOptions<Options>>;

/**
 * What a step does where a gradient has a NaN or an infinity: take it, throw a {@link TapeError}, or nothing.
 *
 * @category Optimizers
 */
export type NonFinite = "take" | "throw" | "skip";

/**
 * The settings that every optimizer has.
 *
 * @category Optimizers
 */
export interface OptimizerOptions {
  /** The length of a step in units of the gradient, from 0. */
  readonly learningRate: number;
  /**
   * What a step does where a gradient has a NaN or an infinity: it takes it unless said, throws a {@link TapeError},
   * or is skipped, of all groups. To look costs a pass over the gradients.
   */
  readonly nonFinite?: NonFinite;
}

/**
 * Settings that are numbers, as cells: operands of the kernels of a step, which follow a change of them.
 *
 * @category Optimizers
 */
export type Cells<Options> = {
  readonly [K in keyof Options as Options[K] extends number ? K : never]: Scalar;
};

type Numbers = Readonly<Record<string, number>>;

/**
 * What an optimizer knows of its settings.
 *
 * @category Optimizers
 */
export interface SettingRules<Options> {
  /** Refuses bad ones. */
  check?(options: Options): void;
  /** Numbers that follow from them and have cells too. */
  derived?(options: Options): Readonly<Record<string, number>>;
}

/**
 * The parameters that are optimised with the same settings. The settings can be changed between steps.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const [group] = new GD([variable(1)], { learningRate: 0.1 }).groups;
 * group.learningRate = 0.01;
 * group.change({ momentum: 0.9 });
 * assertEquals([group.options.learningRate, group.options.momentum], [0.01, 0.9]);
 * assertThrows(() => group.learningRate = -1, RangeError);
 * ```
 */
export class ParameterGroup<Options extends OptimizerOptions> {
  /** The tensors of the group. */
  readonly parameters: readonly Tensor[];
  readonly #rules: SettingRules<Options>;
  readonly #cells: Record<string, Scalar> = {};
  #options: Options;

  /** Parameters with their settings, and what is known of those. */
  constructor(parameters: readonly Tensor[], options: Options, rules: SettingRules<Options> = {}) {
    this.parameters = parameters;
    this.#rules = rules;
    this.#options = options;
    this.prepare(options)();
    Object.preventExtensions(this); // `group.lr = 1` is an error where it would do nothing
  }

  /** The settings. */
  get options(): Options {
    guard(() => choicesIn(this.#options));
    return this.#options;
  }

  /**
   * The cells of settings that are numbers and of what follows from them, for kernels to read; to be changed only
   * with the settings.
   *
   * @internal
   */
  get cells(): Readonly<Record<string, Scalar>> {
    return this.#cells;
  }

  /** Replaces some of the settings; bad ones are refused and nothing is changed. */
  change(options: Partial<Options>): void {
    this.prepare(options)();
  }

  /** What {@link ParameterGroup.change} does once it has refused bad settings: for several groups, all or none. */
  prepare(options: Partial<Options>): () => void {
    checkOptions("change the settings", options, { ...this.#options, nonFinite: null });
    const changed = merged(this.#options, options);
    checkNotNegative("learning rate", changed.learningRate);
    checkAll(numbersIn(changed));
    checkNonFinite(changed.nonFinite);
    this.#rules.check?.(changed);
    const numbers = { ...numbersIn(changed), ...this.#rules.derived?.(changed) };
    checkAll(numbers);
    return () => this.#set(changed, numbers);
  }

  #set(options: Options, numbers: Numbers): void {
    this.#options = options;
    for (const [name, value] of Object.entries(numbers)) {
      const cell = this.#cells[name];
      if (cell) cell.value = value;
      else this.#cells[name] = new Scalar(name, value);
    }
  }

  /** The length of a step in units of the gradient. */
  get learningRate(): number {
    return this.#options.learningRate;
  }

  /** Replaces it; a negative one is a `RangeError`. */
  set learningRate(rate: number) {
    const changed: Partial<OptimizerOptions> = { learningRate: rate };
    this.change(changed as Partial<Options>);
  }
}

export function numbersIn(options: object): Numbers {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === "number"));
}

export function checkAll(numbers: Numbers): void {
  for (const [name, value] of Object.entries(numbers)) checkSetting("optimise", inWords(name), value);
}

/** Refuses a setting that is negative or no number. */
export function checkNotNegative(name: string, value: number): void {
  checkSetting("optimise", name, value, 0);
}

const choices: readonly NonFinite[] = ["take", "throw", "skip"];

/** Refuses a setting that is none of the choices. */
export function checkNonFinite(asked: unknown): void {
  if (asked === undefined || choices.some((choice) => choice === asked)) return;
  throw new TypeError(
    `Cannot optimise with nonFinite ${described(asked)}: choose ${choices.join(", ")}`,
  );
}
