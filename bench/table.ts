import type { Result, Row } from "./run.ts";

const HEAD = ["workload", "dtype", "unit", "tapegrad", "peer", "time", "ratio", "from-to"];
const RIGHT = new Set(["tapegrad", "time", "ratio"]);

/** The rows as a table: a line for each peer, or one for a row without any. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.flatMap(linesOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) => line.map((cell, i) => pad(cell, widths[i], HEAD[i])).join("  ").trimEnd());
  return [text[0], widths.map((width) => "-".repeat(width)).join("  "), ...text.slice(1)].join("\n");
}

function linesOf(row: Row): string[][] {
  const title = row.label ? `${row.workload}: ${row.label}` : row.workload;
  const head = [title, row.dtype, row.unit, shown(row.ours)];
  if (row.peers.length === 0) return [[...head, "", "", "", row.ours.error ?? ""]];
  return row.peers.map((peer, i) => [
    ...(i === 0 ? head : ["", "", "", ""]),
    `${peer.library} (${peer.how})`,
    shown(peer),
    peer.ratio === undefined ? "" : digits(peer.ratio),
    peer.error ?? row.ours.error ?? (peer.spread ? peer.spread.map(digits).join("-") : ""),
  ]);
}

function shown({ time }: Result): string {
  return time === undefined ? "none" : digits(time);
}

/** Three significant digits, and none after the point from 100 on. */
function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(value >= 0.9995 ? 2 : 3);
}

function pad(cell: string, width: number, column: string): string {
  return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
}
