/** Whom a case is measured beside. */
import config from "../../deno.json" with { type: "json" };
import type { Variant } from "../harness/run.ts";
import type { Case, Work } from "../works/work.ts";
import { jax } from "./jax/mod.ts";
import { onBackend, otherWays } from "./ours.ts";
import { peak } from "./peak.ts";
import { tensorflow } from "./tfjs/mod.ts";
import { torch, torchVersion } from "./torch/mod.ts";

/** We on the backend in use, which all others are compared with. */
export function ours(work: Work, one: Case, backend: string): Variant {
  return onBackend(work.ours[0], one, { backend, how: work.ours[0].how });
}

/** All that do a case beside us. */
export async function peersOf(work: Work, one: Case, backend: string): Promise<Variant[]> {
  return [
    ...otherWays(work, one, backend),
    ...peak(work, one),
    ...jax(work, one),
    ...tensorflow(work, one),
    ...await torch(work, one),
  ];
}

/** The versions of those that measured. */
export async function versions(): Promise<Readonly<Record<string, string>>> {
  const pinned = config.scopes["./bench/"],
    version = (name: keyof typeof pinned) => pinned[name].split("@").at(-1)!;
  const torch = await torchVersion();
  return {
    "jax-js": version("@jax-js/jax"),
    "TensorFlow.js": version("@tensorflow/tfjs"),
    ...torch === undefined ? {} : { PyTorch: torch },
  };
}

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
