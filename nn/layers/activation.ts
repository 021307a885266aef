/** What activations are made of: a function of one tensor as a module. */
import { checkFunction, checkOptions, checkSetting, described, type Tensor } from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * A function of one tensor as a module; it has no parameters. The activations below are its
 * subclasses, with the settings of the function as their arguments.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { sin, tensor } from "@tapegrad/core";
 * import { Activation } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Sine extends Activation {
 *   constructor(frequency: number) {
 *     super((x) => sin(x.mul(frequency)), [frequency]);
 *   }
 * }
 *
 * assertEquals(await new Sine(Math.PI / 2).forward(tensor([0, 1])).array(), [0, 1]);
 * assertEquals(String(new Sine(30)), "Sine(30)");
 * ```
 */
export class Activation extends Module {
  readonly #fn: (x: Tensor) => Tensor;
  readonly #settings: readonly unknown[];

  /** The module that applies `fn`; `settings` are what it is printed with. */
  constructor(fn: (x: Tensor) => Tensor, settings: readonly unknown[] = []) {
    super();
    checkFunction("make an activation of", fn);
    this.#fn = fn;
    this.#settings = settings;
  }

  /** The function of `x`: of its shape and dtype. */
  override forward(x: Tensor): Tensor {
    return this.#fn(x);
  }

  /** The class and the settings that were given, as `LeakyReLU(0.2)`. */
  protected override describe(): string {
    const { name } = this.constructor;
    return this.#settings.length > 0 ? `${name}(${this.#settings.join(", ")})` : name;
  }
}

/**
 * A class of activations that is made with `Settings` one by one, or with `Options` that hold them.
 *
 * @category Activation layers
 */
export type ActivationClass<Settings extends readonly unknown[] = [], Options = never> = new (
  ...settings: Settings | [options: Options]
) => Activation;

/** Settings by the names of PyTorch's arguments, in order, each with a value of its kind. */
type Known = Readonly<Record<string, number | string>>;

function settingsOf(name: string, given: readonly unknown[], known: Known): readonly unknown[] {
  const [options] = given;
  if (given.length !== 1 || typeof options !== "object" || options === null) return given;
  checkOptions(`make a ${name}`, options, known);
  const settings = Object.keys(known).map((key) => (options as Readonly<Record<string, unknown>>)[key]);
  return settings.slice(0, settings.findLastIndex((setting) => setting !== undefined) + 1);
}

function checkSettings(name: string, settings: readonly unknown[], known: Known): void {
  const names = Object.keys(known);
  if (settings.length > names.length) {
    const all = names.join(", ") || "none";
    const found = settings.map(described).join(", ");
    throw new TypeError(`Cannot make a ${name} with settings of ${found}: it takes ${all}`);
  }
  settings.forEach((setting, i) => {
    if (setting === undefined) return;
    if (known[names[i]] !== "none") return checkSetting(`make a ${name}`, names[i], setting as number);
    if (setting === "none" || setting === "tanh") return;
    throw new TypeError(
      `Cannot make a ${name} with approximation ${described(setting)}: choose none or tanh`,
    );
  });
}

/** The class that applies a function, which takes the settings that are `known` behind the tensor. */
export function activation<Settings extends readonly unknown[], Options>(
  name: string,
  fn: (x: Tensor, ...settings: Settings) => Tensor,
  known: Known = {},
): ActivationClass<Settings, Options> {
  const made = class extends Activation {
    constructor(...given: readonly unknown[]) {
      const settings = settingsOf(name, given, known);
      checkSettings(name, settings, known);
      super((x) => fn(x, ...settings as unknown as Settings), settings);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made as unknown as ActivationClass<Settings, Options>;
}
