/** The module: what a network is made of, how it is called, and its state. */
import {
  Changing,
  checkOptions,
  described,
  type DType,
  DtypeError,
  dtypes,
  isFloating,
  noGrad,
  type Tensor,
} from "@tapegrad/core";
import {
  type BackwardHook,
  type BackwardPreHook,
  type ForwardHook,
  type ForwardPreHook,
  hook,
  type HookHandle,
  type HookOptions,
} from "./hooks.ts";
import { watch } from "./located.ts";
import { afterwards, isState, ModuleParts, namedTensors, presentTensors } from "./parts.ts";
import { pendingOf } from "./pending.ts";
import { load, type LoadReport, type StateDict } from "./state.ts";

/**
 * A module whatever it takes and gives.
 *
 * @category Modules
 */
export type AnyModule = Module<readonly never[], unknown>;

/** What puts every module in a module back into training, or out of it, as they are now. */
export let keepModes: (module: AnyModule) => () => void;

/**
 * A part of a network: it holds tensors and other modules, and computes with them in `forward`.
 *
 * Tensors and modules are found by walking public properties, through arrays, `Map`s and plain
 * objects to any depth; each is found once, under the first name that leads to it, and cycles end.
 * A tensor that requires gradients is a parameter, one that does not is a buffer, one made by a
 * recorded op is neither. `#private` properties are not walked. Finding a parameter gives it its
 * name as a label, so that errors of the tape call it that.
 *
 * `Inputs` are the arguments of `forward` and `Output` is its result: a tensor to a tensor unless said.
 * `torch.nn.Module`.
 *
 * @category Modules
 * @example
 * ```ts
 * import { type Tensor, tensor, variable } from "@tapegrad/core";
 * import { Module } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Affine extends Module {
 *   readonly scale = variable(2);
 *   readonly shift = variable(1);
 *
 *   override forward(x: Tensor): Tensor {
 *     return x.mul(this.scale).add(this.shift);
 *   }
 * }
 *
 * const model = new Affine();
 * assertEquals(await model.forward(tensor([1, 2])).array(), [3, 5]);
 * assertEquals([...model.namedParameters().keys()], ["scale", "shift"]);
 * ```
 */
export abstract class Module<Inputs extends readonly unknown[] = readonly [Tensor], Output = Tensor>
  extends ModuleParts {
  readonly #training = new Changing(true);

  /** Whatever {@link Module.forward} computes with is put into properties after this. */
  constructor() {
    super();
    watch(new.target.prototype);
  }

  /** Computes the output from the inputs; this is also how a module is called. */
  abstract forward(...inputs: Inputs): Output;

  /** Whether it behaves as in training, as dropout does; true at first. */
  get training(): boolean {
    return this.#training.value;
  }

  static {
    keepModes = (module) => {
      const found = module.modules().map((each) => [each, each.training] as const);
      return () => found.forEach(([each, training]) => each.#training.value = training);
    };
  }

  /** Puts it and every module in it into training, or with `false` out of it. */
  train(on = true): this {
    if (typeof on !== "boolean") throw new TypeError(`Cannot train(${described(on)}): a boolean is needed`);
    for (const module of this.modules()) module.#training.value = on;
    return this;
  }

  /** Puts it and every module in it out of training. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Parameters and buffers by name, off the tape. As in PyTorch they share memory with the module, what
   * changes the one changes the other, and a tensor with several names, as of tied layers, has all of them.
   */
  stateDict(): StateDict {
    return Object.fromEntries([...namedState(this)].map(([name, tensor]) => [name, tensor.detach()]));
  }

  /** For `JSON.stringify`: the state dict, which `fromTransferable` takes back; see {@link Tensor.toJSON}. */
  toJSON(): StateDict {
    return this.stateDict();
  }

  /**
   * Overwrites parameters and buffers with the tensors of those names, cast to their dtype and moved
   * to their backend; after the loss of its device, to that which was opened in its place.
   *
   * Throws a {@link StateDictError} that lists every missing and unexpected name and every shape that
   * differs, before anything is changed; of a tensor with several names one is enough. With `strict: false` names without a partner are passed over
   * and only reported; shapes must agree even so.
   */
  loadStateDict(state: Readonly<StateDict>, options: { readonly strict?: boolean } = {}): LoadReport {
    checkOptions("load a state", options, { strict: true });
    const absent = finishFor(this, state);
    return load(this.constructor.name, namedState(this, true), state, options.strict ?? true, absent);
  }

  /**
   * Moves parameters and buffers to the backend of that name, or casts those that are floats to a floating
   * dtype, gradients included. It happens in place, as in PyTorch: the tensors stay the same objects, so an
   * optimizer that holds them goes on with them. Nothing is moved if one cannot be, which is the error of
   * {@link Tensor.to}. From a device that cannot be read at once they arrive later: `await ready(model)`.
   */
  to(target: string): this {
    const isDtype = (dtypes as readonly string[]).includes(target);
    if (isDtype && !isFloating(target as DType)) {
      throw new DtypeError(`Cannot cast ${this.constructor.name} to ${target}: a floating dtype is needed`);
    }
    const tensors = presentTensors(this, isState).filter((t) => !isDtype || isFloating(t.dtype));
    afterwards(this, (module) => module.to(target));
    noGrad(() => {
      const moved = tensors.map((t) => {
        const data = t.detach().to(target);
        return [t, data, t.grad?.detach().to(data.dtype).to(data.backend.name)] as const;
      });
      for (const [tensor, data, gradient] of moved) {
        tensor.setData(data);
        if (gradient) tensor.setGrad(gradient);
      }
    });
    return this;
  }

  /**
   * Has `fn` called after each `forward` of this module; what it returns replaces the output.
   *
   * @example
   * ```ts
   * import { type Tensor, zeros } from "@tapegrad/core";
   * import { Linear, ReLU, Sequential } from "@tapegrad/nn";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const model = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 1)), seen: Tensor[] = [];
   * const handle = model[1].registerForwardHook((_module, _inputs, output) => void seen.push(output));
   * model.forward(zeros([5, 2]));
   * handle.remove();
   * model.forward(zeros([5, 2]));
   * assertEquals(seen.map((y) => y.shape), [[5, 8]]);
   * ```
   */
  registerForwardHook<I extends readonly unknown[] = Inputs, O = Output>(
    fn: ForwardHook<this, I, O>,
    options?: HookOptions,
  ): HookHandle {
    return hook(this as AnyModule, "after", fn, options);
  }

  /** Has `fn` called before each `forward` of this module; what it returns replaces the inputs. */
  registerForwardPreHook<I extends readonly unknown[] = Inputs>(
    fn: ForwardPreHook<this, I>,
    options?: HookOptions,
  ): HookHandle {
    return hook(this as AnyModule, "before", fn, options);
  }

  /**
   * Has `fn` called in backward with the gradients of the inputs and of the outputs of each recorded `forward` of
   * this module; what it returns replaces those of the inputs.
   *
   * @example
   * ```ts
   * import { variable } from "@tapegrad/core";
   * import { Tanh } from "@tapegrad/nn";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const tanh = new Tanh(), x = variable([0, 1]);
   * tanh.registerFullBackwardHook((_module, [gradient]) => gradient!.mul(10));
   * tanh.forward(x).slice(0).backward();
   * assertEquals(await x.grad!.array(), [10, 0]);
   * ```
   */
  registerFullBackwardHook(fn: BackwardHook<this>, options?: HookOptions): HookHandle {
    return hook(this as AnyModule, "backward", fn, options);
  }

  /** Has `fn` called in backward with the gradients of the outputs, before they pass; what it returns replaces them. */
  registerFullBackwardPreHook(fn: BackwardPreHook<this>, options?: HookOptions): HookHandle {
    return hook(this as AnyModule, "backwardBefore", fn, options);
  }
}

/** Parameters and buffers by all of their names. */
function namedState(module: AnyModule, arePresent = false): Map<string, Tensor> {
  namedTensors(module, isState, { arePresent });
  return namedTensors(module, isState, { allNames: true, saved: true, arePresent });
}

/** Has modules without parameters make those that are in a state, and gives the names of what is not. */
function finishFor(module: AnyModule, state: Readonly<StateDict>): string[] {
  return [...module.namedModules()].flatMap(([path, part]) => {
    const at = (name: string) => path === "" ? name : `${path}.${name}`;
    pendingOf(part)?.finishFor((name) =>
      Object.hasOwn(state ?? {}, at(name)) ? state[at(name)]?.shape : undefined
    );
    return pendingOf(part)?.names.map(at) ?? [];
  });
}
