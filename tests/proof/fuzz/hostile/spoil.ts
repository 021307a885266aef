/** Good calls with something spoiled in them, the same ones for the same seed. */
import * as backends from "@tapegrad/backends";
import * as core from "@tapegrad/core";
import { e } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { type Arguments, classes, functions, methods } from "./calls.ts";
import { convolutionClasses, convolutionFunctions, convolutionMethods } from "./convolution_calls.ts";
import { lossClasses, lossFunctions, lossMethods } from "./loss_calls.ts";
import { optimClasses, optimFunctions, optimMethods } from "./optim_calls.ts";
import { sequenceClasses, sequenceFunctions, sequenceMethods } from "./sequence_calls.ts";
import { hostile } from "./values.ts";

/** Something public that can be called. */
export interface Target {
  readonly name: string;
  readonly good: Arguments;
  /** The first argument that may be spoiled: after what a method is called on. */
  readonly from: number;
  call(args: readonly unknown[]): unknown;
}

type Callable = (...args: readonly unknown[]) => unknown;
type Class = new (...args: readonly unknown[]) => unknown;

const space: Readonly<Record<string, unknown>> = { ...core, ...nn, ...optim, ...backends };

/** A function by its path, as `init.zeros`. */
function named(path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], space);
}

function functionTarget([name, good]: readonly [string, Arguments]): Target {
  const inner = name.endsWith("()"), fn = named(name.replace("()", "")) as Callable;
  if (inner) {
    return { name, good, from: 1, call: ([first, ...rest]) => (fn(first) as Callable)(...rest) };
  }
  return { name, good, from: 0, call: (args) => fn(...args) };
}

function methodTarget([name, good]: readonly [string, Arguments]): Target {
  const method = name.slice(name.indexOf(".") + 1), set = method.replace(/^set /, "");
  return {
    name,
    good,
    from: 1,
    call([self, ...rest]): unknown {
      if (set === method) return ((self as Record<string, Callable>)[method])(...rest);
      return Reflect.set(self as object, set, rest[0]);
    },
  };
}

function constructed([name, good]: readonly [string, Arguments]): Target {
  return { name: `new ${name}`, good, from: 0, call: (args) => new (named(name) as Class)(...args) };
}

function elementwise(): (readonly [string, Arguments])[] {
  return core.ops().flatMap(({ name, kind, arity, dtypes }) => {
    if (kind !== "elementwise" || !(name in core) || name in functions) return [];
    const dtype = dtypes.includes("f32") ? "f32" : "i32";
    return [[name, () => Array.from({ length: arity }, (_, i) => core.tensor([i + 1, 2, 3], { dtype }))]];
  });
}

function builders(): Target[] {
  const names = Object.keys(e).filter((name) => name !== "input" && name !== "constant" && name !== "cast");
  return names.map((name) => {
    const fn = Reflect.get(e, name) as Callable;
    const arity = core.scalarFunctions().find((f) => f.name === name)?.arity ?? 1;
    return {
      name: `e.${name}`,
      good: () => Array.from({ length: arity }, (_, i) => e.input(i)),
      from: 0,
      call: (args) => fn(...args),
    };
  });
}

/**
 * Not called: what texts of errors are made with, and the seams of backends, whose arguments no program has at hand; and
 * what takes seconds to draw in the size that it has unless said.
 */
const apart = new Set([
  "new Transformer",
  ..."checkFloating checkGradient checkLength checkOptions checkSetting checkShape checkUpdate quoted".split(
    " ",
  ),
  ..."apply applyAll runKernel cpuElements definePrimitive defineComposite defineScalar kernelTable".split(
    " ",
  ),
  ..."computedIn typesOf legalize evaluate implementationOf castNumber".split(" "),
  ..."isFloating bytesPerElement dtypeCode contiguousLayout contiguousStrides coalesce Linear.forward unfold Tensor.unfold"
    .split(
      " ",
    ),
]);

/** Everything public: functions, the methods of the same name, methods of their own, classes and builders. */
export function targets(): readonly Target[] {
  const all = [
    ...Object.entries({
      ...functions,
      ...optimFunctions,
      ...lossFunctions,
      ...convolutionFunctions,
      ...sequenceFunctions,
    }),
    ...elementwise(),
  ];
  const ofTensors = all.filter(([name, good]) =>
    name !== "where" && name !== "bernoulli" && good()[0] instanceof core.Tensor &&
    typeof Reflect.getOwnPropertyDescriptor(core.Tensor.prototype, name)?.value === "function"
  );
  const everything = [
    ...all.map(functionTarget),
    ...ofTensors.map(([name, good]) => methodTarget([`Tensor.${name}`, good])),
    ...Object.entries({
      ...methods,
      ...optimMethods,
      ...lossMethods,
      ...convolutionMethods,
      ...sequenceMethods,
    }).map(
      methodTarget,
    ),
    ...Object.entries({
      ...classes,
      ...optimClasses,
      ...lossClasses,
      ...convolutionClasses,
      ...sequenceClasses,
    }).map(
      constructed,
    ),
    ...builders(),
  ];
  return everything.filter(({ name }) => !apart.has(name));
}

/** A call to be made, and what is spoiled in it. */
export interface Spoiled {
  readonly target: Target;
  readonly args: readonly unknown[];
  /** The call as a failure tells it. */
  readonly story: string;
  /** What was put in. */
  readonly value: string;
}

/** Whole numbers below a bound, by a seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

const names = Object.keys(hostile);

/** A good call in which one or two things are other than they should be. */
export function spoil(all: readonly Target[], random: (below: number) => number): Spoiled {
  const target = all[random(all.length)], args = [...target.good()];
  const spoilt = new Set<number>(), stories: string[] = [], values: string[] = [];
  for (let times = random(6) === 0 ? 2 : 1; times > 0; times--) {
    const at = target.from + random(Math.max(1, args.length - target.from));
    if (spoilt.has(at)) continue;
    spoilt.add(at);
    const name = names[random(names.length)], part = change(args, at, hostile[name](), random);
    stories.push(`argument ${at}${part} = ${name}`);
    values.push(name);
  }
  return { target, args, value: values.join(), story: `${target.name}(${stories.join(", ")})` };
}

// In place of an argument, of a part of one, or under a name that no option has; says where in it.
function change(args: unknown[], at: number, value: unknown, random: (below: number) => number): string {
  const old = args[at], isPart = random(3) > 0;
  if (isPart && Array.isArray(old) && old.length > 0) {
    const i = random(old.length);
    args[at] = old.with(i, value);
    return `[${i}]`;
  }
  if (isPart && isOptions(old)) {
    const known = Object.keys(old), name = known[random(known.length + 1)] ?? "optoin";
    args[at] = { ...old, [name]: value };
    return `.${name}`;
  }
  args[at] = value;
  return "";
}

function isOptions(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}
