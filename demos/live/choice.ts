/** What the reader chose: as it stands in the fields and in the address, and as it can be run. */
import { shown } from "../charts/chart.ts";
import type { Path } from "../experiments/plans.ts";
import {
  type Limits,
  MOST_PATHS,
  type Name,
  names,
  offers,
  paces,
  rateLimits,
  roundsOf,
  seedLimits,
} from "./catalog.ts";

/** The text of every field, sensible or not. */
export interface Fields {
  readonly experiment: Name;
  readonly paths: readonly PathFields[];
  readonly steps: string;
  readonly seed: string;
  /** Empty: the best there is. */
  readonly backend: string;
  readonly pace: string;
}

export interface PathFields {
  readonly start: readonly string[];
  readonly rate: string;
}

/** What can be run. */
export interface Choice {
  readonly experiment: Name;
  readonly paths: readonly Path[];
  readonly steps: number;
  readonly seed?: number;
}

/**
 * What is wrong, in a sentence, by the name of the field: `steps`, `seed`, `path-0-1` for the second number of
 * the first path, `path-0` for the path as a whole.
 */
export type Faults = ReadonlyMap<string, string>;

export function defaultsOf(experiment: Name, { backend, pace }: Pick<Fields, "backend" | "pace">): Fields {
  const { paths, steps } = offers[experiment].plan;
  return {
    experiment,
    paths: paths.map(({ start, rate }) => ({ start: start.map(String), rate: String(rate) })),
    steps: String(steps),
    seed: "",
    backend,
    pace,
  };
}

/** Reads the fields: a choice, or what is wrong with them. */
export function readFields(fields: Fields): Choice | Faults {
  const { takesSteps, seeded, plan } = offers[fields.experiment];
  const faults = new Map<string, string>();
  const read = (text: string, limits: Limits, field: string): number => {
    const { value, fault } = readNumber(text, limits);
    if (fault) faults.set(field, `Needs ${fault}`);
    return value;
  };
  const paths = readPaths(fields, faults);
  const steps = takesSteps ? read(fields.steps, roundsOf(fields.experiment).limits, "steps") : plan.steps;
  const hasSeed = seeded && fields.seed.trim() !== "";
  const seed = hasSeed ? read(fields.seed, seedLimits, "seed") : undefined;
  return faults.size > 0 ? faults : { experiment: fields.experiment, paths, steps, seed };
}

function readPaths({ experiment, paths }: Fields, faults: Map<string, string>): Path[] {
  const { coordinates, start: limits, takesSteps } = offers[experiment];
  const names = takesSteps ? [...coordinates, "rate"] : coordinates;
  const rows = paths.map(({ start, rate }, i) =>
    names.map((name, k) => {
      const isRate = k === coordinates.length;
      const { value, fault } = readNumber(isRate ? rate : start[k] ?? "", isRate ? rateLimits : limits);
      if (fault) faults.set(`path-${i}-${k}`, `${name} needs ${fault}`);
      return value;
    })
  );
  rows.forEach((row, i) => {
    const first = rows.findIndex((other) => other.join() === row.join());
    if (first < i) faults.set(`path-${i}`, `The same as path ${first + 1}: change one of them`);
  });
  return rows.map((row) => ({
    start: row.slice(0, coordinates.length),
    rate: takesSteps ? row[coordinates.length] : 0,
  }));
}

function readNumber(
  text: string,
  { least, most, whole }: Limits,
): { readonly value: number; readonly fault?: string } {
  const value = text.trim() === "" ? NaN : Number(text);
  const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
  if (fits) return { value };
  const kind = whole ? "a whole number" : "a number";
  return { value, fault: `${kind} from ${shown(least)} to ${shown(most)}` };
}

/** The fields as the part of an address after the #. */
export function toHash(fields: Fields): string {
  const { coordinates, takesSteps, seeded } = offers[fields.experiment];
  const paths = fields.paths.map(({ start, rate }) => {
    const at = coordinates.map((_, axis) => start[axis]).join(",");
    return takesSteps ? `${at}@${rate}` : at;
  });
  const parts = {
    experiment: fields.experiment,
    paths: paths.join(";"),
    steps: takesSteps ? fields.steps : "",
    seed: seeded ? fields.seed : "",
    backend: fields.backend,
    pace: fields.pace,
  };
  const given = Object.entries(parts).filter(([, text]) => text !== "");
  return "#" + given.map(([name, text]) => `${name}=${encode(text)}`).join("&");
}

/** Leaves alone what an address may contain and a reader can make out. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|3B|40)/g, decodeURIComponent);
}

/** The fields that an address names; those that it leaves out are as in `otherwise`. */
export function fromHash(hash: string, otherwise: Fields): Fields {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const experiment = names.find((name) => name === given.get("experiment")) ?? otherwise.experiment;
  const pace = given.get("pace") ?? "";
  const backend = given.get("backend") ?? otherwise.backend;
  const defaults = defaultsOf(experiment, {
    backend,
    pace: Object.hasOwn(paces, pace) ? pace : otherwise.pace,
  });
  const paths = given.get("paths");
  return {
    ...defaults,
    paths: paths === null ? defaults.paths : pathsIn(paths, experiment),
    steps: given.get("steps") ?? defaults.steps,
    seed: given.get("seed") ?? defaults.seed,
  };
}

function pathsIn(text: string, experiment: Name): PathFields[] {
  const { takesSteps } = offers[experiment];
  return text.split(";").slice(0, takesSteps ? MOST_PATHS : 1).map((path) => {
    const [at, rate = takesSteps ? "" : "0"] = path.split("@");
    return { start: at.split(","), rate };
  });
}
