import type { Contender } from "./measure.ts";

/** One library in one of the ways it is used. */
export interface Variant {
  /** The library's name. */
  readonly library: string;
  /** How it is used: its device, and what else distinguishes this way from another. */
  readonly how: string;
  /** Sets it up; an error says why it cannot do the workload. */
  readonly prepare: () => Contender | Promise<Contender>;
}

/** The same work done by us and by the peers. */
export interface Case {
  /** What distinguishes it from the other cases of its workload; may be empty. */
  readonly label: string;
  /** The precision all compute in. */
  readonly dtype: "f32" | "f64";
  /** How we do it. */
  readonly ours: Variant;
  /** How the others do it. */
  readonly peers: readonly Variant[];
  /** Whether it is left out unless asked for, since it takes a real GPU. */
  readonly large?: boolean;
}

/** What is measured: one piece of work, in one or more cases. */
export interface Workload {
  /** The name to ask for. */
  readonly name: string;
  /** What it is, in a line. */
  readonly about: string;
  /** The unit its times are printed in. */
  readonly unit: "µs" | "ms";
  /** How many pieces one run consists of, each of which is to be told the time of; 1 unless said. */
  readonly pieces?: number;
  /** Whether it is for devices that run asynchronously, and not for those that compute at once. */
  readonly onDevice?: boolean;
  /** Its cases. */
  readonly cases: readonly Case[];
}

/** We, as a variant. */
export function ours(how: string, prepare: Variant["prepare"]): Variant {
  return { library: "tapegrad", how, prepare };
}
