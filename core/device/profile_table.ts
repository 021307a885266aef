/** What a profile found, and how it is printed. */
import { htmlTable } from "../base/html.ts";
import { showAsText, showBytes, showTable } from "../base/inspect.ts";
import { listOf } from "../base/shape.ts";
import { visible } from "../base/text.ts";

/**
 * What all calls of one op on one backend cost together.
 *
 * @category Memory and profiles
 */
export interface ProfileRow {
  /** The op as errors call it: `tanh`, `sum of mul`, `mul backward`, and `upload` and `read`. */
  readonly op: string;
  /** Where it ran. */
  readonly backend: string;
  /** How many times. */
  readonly count: number;
  /** How long on the device; `null` where nobody can tell. */
  readonly milliseconds: number | null;
  /** Bytes of all elements that were read and written. */
  readonly bytes: number;
}

/**
 * A table of ops, the longest first; `String(profile)` and the console show it to people.
 *
 * @category Memory and profiles
 */
export class Profile {
  /** A row for each op on each backend. */
  readonly rows: readonly ProfileRow[];
  /** How long the function took from call to result. */
  readonly milliseconds: number;
  /** How much of that passed in reads, while asynchronous devices finished. */
  readonly waited: number;

  /** A table of rows in any order. */
  constructor(rows: readonly ProfileRow[], milliseconds: number, waited: number) {
    this.rows = listOf("show a profile of", "the rows", rows).sort((a, b) =>
      (b.milliseconds ?? -1) - (a.milliseconds ?? -1) || b.bytes - a.bytes
    );
    this.milliseconds = milliseconds;
    this.waited = waited;
    showAsText(this, () => ({ "text/html": htmlTable(this.#lines(), this.#whole()) }));
  }

  /** The table as text: op, count, time, its share of the time of all ops, and bytes. */
  toString(): string {
    return `${showTable(this.#lines())}\n${this.#whole()}`;
  }

  #whole(): string {
    const waited = this.waited > 0 ? `, ${showTime(this.waited)} of it waiting for reads` : "";
    return `from call to result ${showTime(this.milliseconds)}${waited}`;
  }

  #lines(): string[][] {
    const busy = sum(this.rows, (row) => row.milliseconds ?? 0);
    const several = new Set(this.rows.map((row) => row.backend)).size > 1;
    const cells = this.rows.map((row) => [
      visible(several ? `${row.op} (${row.backend})` : row.op),
      String(row.count),
      row.milliseconds === null ? "–" : showTime(row.milliseconds),
      row.milliseconds === null || busy === 0 ? "–" : `${(100 * row.milliseconds / busy).toFixed(1)} %`,
      showBytes(row.bytes),
    ]);
    const all = ["all ops", String(sum(this.rows, (r) => r.count)), showTime(busy), "", ""];
    all[4] = showBytes(sum(this.rows, (r) => r.bytes));
    return [HEAD, ...cells, all];
  }
}

const HEAD = ["op", "count", "time", "share", "bytes"];

function sum(rows: readonly ProfileRow[], value: (row: ProfileRow) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}

function showTime(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(milliseconds * 1000).toFixed(1)} µs`;
}
