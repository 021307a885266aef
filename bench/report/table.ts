import type { Compared, Row } from "../harness/run.ts";
import { type Figures, gflops, missed, peerName, rowName, terms } from "./figures.ts";
import { goalOf } from "./goals.ts";

const HEAD = ["work", "dtype", "unit", "tapegrad", "GFLOP/s", "peer", "time", "ratio", "goal", "from-to"];
const RIGHT = new Set(["tapegrad", "GFLOP/s", "time", "ratio", "goal"]);

/** A run as text: a line for each peer, what the columns mean, and where it was. */
export function report(figures: Figures): string {
  return `${table(figures.rows)}\n\n${legend(figures).join("\n")}`;
}

/** The rows as a table: a line for each peer, or one for a row without any. */
export function table(rows: readonly Row[]): string {
  return aligned([HEAD, ...rows.flatMap(linesOf)], (column) => RIGHT.has(HEAD[column]));
}

/** Lines of cells in columns, the first line underlined. */
export function aligned(lines: readonly (readonly string[])[], isRight: (column: number) => boolean): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell: string, i: number) => isRight(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
  const [head, ...rest] = lines.map((line) => line.map(pad).join("  ").trimEnd());
  return [head, widths.map((width) => "-".repeat(width)).join("  "), ...rest].join("\n");
}

function linesOf(row: Row): string[][] {
  const { ours } = row, speed = ours.time === undefined ? undefined : gflops(row, ours.time);
  const head = [
    rowName(row),
    row.dtype,
    row.unit,
    shown(ours.time),
    speed === undefined ? "" : digits(speed),
  ];
  if (row.peers.length === 0) return [[...head, "", "", "", "", ours.error ?? ""]];
  return row.peers.map((peer, i) => [...(i === 0 ? head : head.map(() => "")), ...cellsOf(row, peer)]);
}

function cellsOf(row: Row, peer: Compared): string[] {
  const least = goalOf(row, peer);
  return [
    peerName(peer),
    shown(peer.time),
    peer.ratio === undefined ? "" : digits(peer.ratio),
    least === undefined ? "" : String(least),
    peer.error ?? row.ours.error ?? (peer.spread ? peer.spread.map(digits).join("-") : ""),
  ];
}

function legend(figures: Figures): string[] {
  const { machine, backend, versions, rounds, rows } = figures;
  const { date, commit, deno, v8, cpu, cores, clock, load } = machine;
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const below = missed(rows).map(({ row, peer, least }) =>
    `  ${rowName(row)}, ${peerName(peer)}: ${digits(peer.ratio!)} of ${least}`
  );
  return [
    "ratio: the peer's time over ours, above 1 we are faster; from-to: of the single rounds; goal: the least ratio wanted",
    ...below.length > 0 ? ["below their goals:", ...below] : [],
    `${date}${commit ? `, commit ${commit}` : ""}; tapegrad on its ${backend} backend beside ${
      peers.join(", ")
    }; ` +
    `${terms(figures)}, median of ${rounds} round${rounds === 1 ? "" : "s"}`,
    `Deno ${deno} with V8 ${v8}, ${cpu} with ${cores} cores, load ${load}; clock ${clock.toFixed(2)} GHz, ` +
    `times 16 ${(16 * clock).toFixed(1)} GFLOP/s`,
  ];
}

function shown(time: number | undefined): string {
  return time === undefined ? "none" : digits(time);
}

/** Three significant digits, and none after the point from 100 on. */
export function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(value >= 0.9995 ? 2 : 3);
}
