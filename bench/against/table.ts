import { median } from "../harness/measure.ts";
import type { Result, Row } from "../harness/run.ts";
import { rowName } from "../report/figures.ts";
import { aligned, digits } from "../report/table.ts";

/** Which two revisions there are, and how they were measured. */
export interface Sides {
  readonly here: string;
  readonly there: string;
  readonly rounds: number;
}

const HEAD = ["work", "dtype", "unit", "here", "least", "there", "least", "ratio", "of the least", "from-to"];

/** What two revisions take, and how many times as long as here it takes there. */
export function comparison(rows: readonly Row[], { here, there, rounds }: Sides): string {
  const lines = [HEAD, ...rows.map(lineOf)];
  return `${aligned(lines, (column) => column > 2)}

here: ${here}; there: ${there}; a process each, in turns; medians of ${rounds} round${
    rounds === 1 ? "" : "s"
  }, and the least of them
ratio: there over here, above 1 this checkout is faster; from-to: of the single rounds`;
}

function lineOf(row: Row): string[] {
  const { ours, peers: [there] } = row, error = ours.error ?? there.error;
  const head = [rowName(row), row.dtype, row.unit];
  if (error !== undefined) return [...head, ...timesOf(ours), ...timesOf(there), "", "", error];
  const least = [there, ours].map(({ rounds = [] }) => Math.min(...rounds));
  const ratios = [there.ratio!, least[0] / least[1]].map(digits);
  return [...head, ...timesOf(ours), ...timesOf(there), ...ratios, there.spread!.map(digits).join("-")];
}

function timesOf({ rounds }: Result): string[] {
  return rounds ? [digits(median(rounds)), digits(Math.min(...rounds))] : ["none", ""];
}
