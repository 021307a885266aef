/** The state of what is trained, and with what. */
import { described, type KeyWords, quoted, randomState, setRandomState, showShape } from "@tapegrad/core";
import type { Metric } from "../../metrics/metric.ts";
import { type AnyModule, Module } from "../../module.ts";
import { describe } from "../../parts.ts";
import type { StateDict } from "../../state.ts";
import { countOf } from "../batches.ts";
import type { Callback } from "../callbacks.ts";
import type { FitOptimizer, FitSchedule } from "../options.ts";

/** All that changes in a training beside its place. */
export interface TrainedParts {
  readonly model: AnyModule;
  readonly loss: unknown;
  readonly optimizer: FitOptimizer;
  readonly schedule?: FitSchedule;
  readonly loader: unknown;
  readonly validation?: unknown;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly callbacks: readonly Callback[];
  readonly rules: StepRules;
}

/** When steps are made: after so many batches, and when the schedule does. */
interface StepRules {
  readonly accumulate: number;
  readonly scheduleEvery: "epoch" | "step";
}

/** The state of a thing, and what kind of thing it is. */
interface Stated {
  readonly kind: string;
  readonly state: unknown;
}

/** Where a loader is, and how many batches it gives. */
export interface LoaderState extends Stated {
  readonly batches: number | null;
}

/** What {@link stateOfParts} gives. */
export interface PartsState {
  readonly model: { readonly modules: readonly string[]; readonly state: StateDict };
  readonly loss: StateDict;
  readonly optimizer: Stated & { readonly groups: readonly number[] };
  readonly schedule: Stated | null;
  readonly loader: LoaderState;
  readonly validation: LoaderState | null;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly callbacks: readonly Stated[];
  readonly random: KeyWords;
  readonly rules: StepRules;
}

/** What can go on where another one stood. */
interface Stateful {
  stateDict(): unknown;
  loadStateDict(state: unknown): void;
}

/** Whether it can. */
export function hasState(thing: unknown): thing is Stateful {
  const { stateDict, loadStateDict } = Object(thing);
  return typeof stateDict === "function" && typeof loadStateDict === "function";
}

function stated(thing: unknown): Stated {
  return { kind: Object(thing).constructor?.name ?? "", state: hasState(thing) ? thing.stateDict() : null };
}

/** Where a loader is. */
export function stateOfLoader(loader: unknown): LoaderState {
  return { ...stated(loader), batches: countOf(loader) };
}

/** Everything as it is now: the tensors in use, not copies. */
export function stateOfParts(parts: TrainedParts): PartsState {
  const { model, loss, optimizer, schedule, loader, validation, metrics, callbacks } = parts;
  return {
    model: { modules: modulesIn(model), state: model.stateDict() },
    loss: loss instanceof Module ? loss.stateDict() : {},
    optimizer: { ...stated(optimizer), groups: optimizer.groups.map(({ parameters }) => parameters.length) },
    schedule: schedule === undefined ? null : stated(schedule),
    loader: stateOfLoader(loader),
    validation: validation === undefined ? null : stateOfLoader(validation),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.stateDict()])),
    callbacks: callbacks.filter(hasState).map(stated),
    random: randomState(),
    rules: parts.rules,
  };
}

/** What of a state is of other parts than those, a sentence each. */
export function differences(parts: TrainedParts, was: PartsState): string[] {
  const is = stateOfParts(parts);
  return [
    ...different("the model", is.model.state, was.model.state),
    ...differentModules(is.model.modules, was.model.modules),
    ...different("the loss", is.loss, was.loss),
    ...differentKinds("the optimizer", [is.optimizer], [was.optimizer]),
    ...differentGroups(is.optimizer.groups, was.optimizer.groups),
    ...differentKinds("the schedule", [is.schedule], [was.schedule]),
    ...differentLoaders("the loader", is.loader, was.loader),
    ...differentLoaders("the loader of validation", is.validation, was.validation),
    ...differentNames("metrics", Object.keys(is.metrics), Object.keys(was.metrics)),
    ...differentKinds("the callbacks with a state", is.callbacks, was.callbacks),
    ...differentRules(is, was),
  ];
}

function different(what: string, is: Readonly<StateDict>, was: Readonly<StateDict>): string[] {
  return [
    ...differentNames(what, Object.keys(is), Object.keys(was)),
    ...Object.entries(is).flatMap(([name, { shape, dtype }]) => {
      if (!Object.hasOwn(was, name)) return [];
      const [own, theirs] = [{ shape, dtype }, was[name]].map((x) => `${x.dtype} ${showShape(x.shape)}`);
      return own === theirs ? [] : [`${quoted(name)} of ${what} is ${own} and was ${theirs}`];
    }),
  ];
}

function differentNames(what: string, is: readonly string[], was: readonly string[]): string[] {
  const lacks = was.filter((name) => !is.includes(name)), has = is.filter((name) => !was.includes(name));
  const list = (names: readonly string[]) => names.map(quoted).join(", ");
  return [
    ...lacks.length > 0 ? [`${what} has no ${list(lacks)}, which was there`] : [],
    ...has.length > 0 ? [`${what} has ${list(has)}, which was not there`] : [],
  ];
}

function modulesIn(model: AnyModule): string[] {
  return [...model.namedModules()].map(([name, module]) =>
    `${name === "" ? "" : `${name}: `}${describe(module)}`
  );
}

/** The first module that is another one, or has other arguments. */
function differentModules(is: readonly string[], was: readonly string[]): string[] {
  const at = is.findIndex((line, i) => line !== was[i]);
  if (at >= 0 && at < was.length) return [`the model has ${is[at]} where it had ${was[at]}`];
  return is.length === was.length ? [] : [`the model has ${is.length} modules and had ${was.length}`];
}

function differentKinds(
  what: string,
  is: readonly (Stated | null)[],
  was: readonly (Stated | null)[],
): string[] {
  const names = (all: readonly (Stated | null)[]) =>
    all.map((one) => one?.kind ?? "none").join(", ") || "none";
  return names(is) === names(was) ? [] : [`${what} is ${names(is)} and was ${names(was)}`];
}

function differentGroups(is: readonly number[], was: readonly number[]): string[] {
  if (is.join() === was.join()) return [];
  return [`the optimizer has groups of ${is.join(", ")} parameters and had ${was.join(", ")}`];
}

function differentRules(is: PartsState, was: PartsState): string[] {
  const names = is.schedule === null ? ["accumulate"] as const : ["accumulate", "scheduleEvery"] as const;
  return names.flatMap((name) => {
    const [own, theirs] = [is.rules[name], was.rules[name]].map(described);
    return own === theirs ? [] : [`${name} is ${own} and was ${theirs}`];
  });
}

function differentLoaders(what: string, is: LoaderState | null, was: LoaderState | null): string[] {
  const kinds = differentKinds(what, [is], [was]);
  if (kinds.length > 0 || is?.batches === was?.batches) return kinds;
  return [`${what} gives ${is?.batches ?? "unknown"} batches and gave ${was?.batches ?? "unknown"}`];
}

/** Goes on where everything was. What is no error of {@link differences} may be one of a loader; nothing is changed then. */
export function restoreParts(parts: TrainedParts, was: PartsState): void {
  restoreLoaders([parts.loader, parts.validation], [was.loader, was.validation]);
  restore(parts.optimizer, was.optimizer);
  restore(parts.schedule, was.schedule);
  parts.model.loadStateDict(was.model.state);
  if (parts.loss instanceof Module) parts.loss.loadStateDict(was.loss);
  for (const [name, metric] of Object.entries(parts.metrics)) metric.loadStateDict(was.metrics[name]);
  parts.callbacks.filter(hasState).forEach((callback, i) => restore(callback, was.callbacks[i]));
  setRandomState(was.random);
}

function restoreLoaders(loaders: readonly unknown[], were: readonly (Stated | null)[]): void {
  const here = loaders.map(stated);
  try {
    loaders.forEach((loader, i) => restore(loader, were[i]));
  } catch (error) {
    loaders.forEach((loader, i) => restore(loader, here[i]));
    throw error;
  }
}

function restore(thing: unknown, was: Stated | null | undefined): void {
  if (hasState(thing) && was && was.state !== null) thing.loadStateDict(was.state);
}
