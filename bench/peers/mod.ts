/** Whom a case is measured beside. */
import config from "../../deno.json" with { type: "json" };
import type { Row, Variant } from "../harness/run.ts";
import type { Case, Work } from "../works/work.ts";
import { copy, limit } from "./bounds.ts";
import { jax } from "./jax/mod.ts";
import { alone, cold, firstWay, otherWays, type Place } from "./ours.ts";
import { peak } from "./peak.ts";
import { tensorflow } from "./tfjs/mod.ts";
import { torch, torchVersion } from "./torch/mod.ts";

/** We on the backend in use, which all others are compared with. */
export function ours(work: Work, one: Case, place: Place): Variant {
  if (work.isCold) return cold(work, one, place.backend);
  return work.unit === "MiB" ? alone(work, one, place.backend) : firstWay(work, one, place);
}

/** All that do a case beside us. */
export async function peersOf(work: Work, one: Case, place: Place): Promise<Variant[]> {
  if (work.unit === "MiB") {
    const eager = one.compiled ? [alone(work, { ...one, compiled: false }, place.backend)] : [];
    return [...eager, ...await torch(work, one)];
  }
  if (work.isCold) return limit(work, one);
  return [
    ...otherWays(work, one, place),
    ...peak(work, one),
    ...copy(work, one),
    ...jax(work, one),
    ...tensorflow(work, one),
    ...await torch(work, one),
  ];
}

/** The versions of those that measured, and why PyTorch did not. */
export async function versions(rows: readonly Row[]): Promise<Readonly<Record<string, string>>> {
  const there = new Set(rows.flatMap(({ peers }) => peers.map(({ library }) => library)));
  const pinned = Object.entries(packages).filter(([library]) => there.has(library));
  const torch = await torchVersion();
  return {
    ...Object.fromEntries(pinned.map(([library, specifier]) => [library, specifier.split("@").at(-1)!])),
    ...torch === undefined ? {} : { PyTorch: torch },
  };
}

const specifiers = config.scopes["./bench/"];

/** The packages of libraries, with their versions. */
const packages: Readonly<Record<string, string>> = {
  "jax-js": specifiers["@jax-js/jax"],
  "TensorFlow.js": specifiers["@tensorflow/tfjs"],
};

/**
 * Has whoever starts a thread fail, and his row with him: all are measured on one. jax-js has a pool for what is
 * awaited, and TensorFlow.js threads in browsers; neither is to be had by accident.
 */
export function forbidThreads(): void {
  globalThis.Worker = class {
    constructor() {
      throw new Error("it would start a thread");
    }
  } as unknown as typeof Worker;
}
