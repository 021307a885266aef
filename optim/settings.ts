/** What settings of optimizers and schedules are: the checks that several have in common. */
import { checkOptions, checkSetting, described } from "@tapegrad/core";
import { checkNotNegative } from "./parameters.ts";
import { merged } from "./parameter_groups.ts";

/** The settings that were given, with the defaults of the others; what is unknown is refused. */
export function settled<D extends object, O extends object>(
  asked: string,
  options: O | undefined,
  defaults: D,
): D & O {
  checkOptions(asked, options, { ...defaults, nonFinite: null });
  return merged(defaults, options ?? {} as O);
}

/** Refuses what is negative. */
export function checkNotNegatives(settings: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(settings)) checkNotNegative(name, value);
}

/** Refuses what is not from 0 to below 1. */
export function checkFraction(name: string, value: number): void {
  if (value !== 1) return checkSetting("optimise", name, value, 0, 1);
  throw new RangeError(`Cannot optimise with a ${name} of 1: it must be a number from 0 to below 1`);
}

/** Refuses what is no list of as many numbers. */
export function checkNumbers(name: string, value: readonly number[], count: number): void {
  const fits = Array.isArray(value) && value.length === count && value.every((x) => typeof x === "number");
  if (fits) return;
  throw new TypeError(`Cannot optimise with ${name} ${described(value)}: ${count} numbers are needed`);
}

/** Refuses what are no two numbers from 0 to below 1. */
export function checkBetas(betas: readonly number[]): void {
  checkNumbers("betas", betas, 2);
  betas.forEach((beta, i) => checkFraction(`beta${i + 1}`, beta));
}

/** Refuses what is no state of a thing of that class. */
export function checkState(of: object, dict: unknown, fits: boolean): void {
  if (fits) return;
  throw new TypeError(
    `Cannot load ${described(dict)} into ${of.constructor.name}: what stateDict() gave is needed`,
  );
}
