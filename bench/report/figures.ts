/** The figures of a run, as they are written to a file and read again. */
import type { Compared, Row } from "../harness/run.ts";
import { goalOf } from "./goals.ts";

/** Where they were measured. */
export interface Machine {
  readonly date: string;
  /** The commit that was checked out, and whether there were changes to it; none outside of git. */
  readonly commit?: string;
  readonly deno: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  /** What computes, where that is not the processor. */
  readonly adapter?: string;
  /** What additions that wait for one another run at, in GHz. */
  readonly clock: number;
  /** Processes that wanted to run in the last minute, ours among them. */
  readonly load: number;
}

/** A whole run. */
export interface Figures {
  readonly machine: Machine;
  /** Our backend. */
  readonly backend: string;
  /** The versions of the peers that were there. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** The bound that is measured beside the peers. */
export const PEAK = "128-bit peak";
/** The bound of what does little but read and write. */
export const COPY = "a copy";
/** What something may take at most. */
export const LIMIT = "the limit";

const bounds = [PEAK, COPY, LIMIT];

/** What a peer is called in tables. */
export function peerName({ library, how }: { readonly library: string; readonly how: string }): string {
  if (library === "tapegrad" || bounds.includes(library)) return `${library} (${how})`;
  return library === "jax-js" || (library === "PyTorch" && how !== "eager") ? `${library}, ${how}` : library;
}

/** Whether a peer is one to compare with at a glance: no bound, and not we in another way of writing. */
export function isPeer({ library, how }: { readonly library: string; readonly how: string }): boolean {
  return !bounds.includes(library) && (library !== "tapegrad" || how === "cpu");
}

/** What a row is called. */
export function rowName({ work, label }: Row): string {
  return label ? `${work}: ${label}` : work;
}

/** Billions of operations of floating point in a second, of whoever took a time in the row's unit. */
export function gflops({ flops, unit }: Row, time: number): number | undefined {
  return flops === undefined ? undefined : flops / time / (unit === "µs" ? 1e3 : 1e6);
}

/** How those who were measured are alike. */
export function terms({ machine: { adapter } }: Figures): string {
  if (adapter === undefined) return "on one thread each";
  const software = /llvmpipe|swiftshader/i.test(adapter)
    ? ", in software, which says nothing about a GPU"
    : "";
  return `on ${adapter}${software}`;
}

/** A number for JSON that is not read by digits: six of them are significant. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

/** Figures as the text of a file, a line a peer. */
export function toJson({ rows, ...rest }: Figures): string {
  const line = (value: unknown) => JSON.stringify(value, shortened);
  const texts = rows.map(({ peers, ...row }) => {
    const others = peers.map((peer) => `\n        ${line(peer)}`).join(",");
    return `    ${line(row).slice(0, -1)},\n      "peers": [${others}${others && "\n      "}]}`;
  });
  return `${JSON.stringify(rest, shortened, 2).slice(0, -2)},\n  "rows": [\n${texts.join(",\n")}\n  ]\n}\n`;
}

/** A peer that a goal is about, and how far it is reached. */
export interface Judged {
  readonly row: Row;
  readonly peer: Compared;
  /** How many times as long as we it is to take. */
  readonly least: number;
}

/** Those of the goals that were measured and are not reached. */
export function missed(rows: readonly Row[]): Judged[] {
  return rows.flatMap((row) =>
    row.peers.flatMap((peer) => {
      const least = goalOf(row, peer);
      return least === undefined || peer.ratio === undefined || peer.ratio >= least
        ? []
        : [{ row, peer, least }];
    })
  );
}
