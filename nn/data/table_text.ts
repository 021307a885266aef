/** Tables for people: their first and last rows. */
import { visible } from "@tapegrad/core";
import type { Column, Table } from "./table.ts";

/** As many rows and columns as are shown at each edge. */
const EDGE = 10;
/** As much of a text as a cell shows. */
const WIDEST = 40;

/** Names, and below them what is in the columns. */
export function tableLines(table: Table): string[][] {
  const rows = places(table.length);
  const columns = places(table.names.length).map((i) => i === null ? null : table.names[i]);
  const head = columns.map((name) => name === null ? "…" : cut(name));
  const found = columns.map((name) => name === null ? null : table.column(name));
  return [
    ["", ...head],
    ...rows.map((row) => [
      row === null ? "…" : `${row}`,
      ...found.map((column) => row === null || column === null ? "…" : cellText(column, row)),
    ]),
  ];
}

/** Where things are of so many, `null` where some are left out. */
function places(count: number): (number | null)[] {
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  return count <= 2 * EDGE ? range(0, count) : [...range(0, EDGE), null, ...range(count - EDGE, count)];
}

function cellText(column: Column, row: number): string {
  if (column instanceof Float64Array) return Number.isNaN(column[row]) ? "–" : String(column[row]);
  const { categories, codes } = column;
  return codes[row] < 0 ? "–" : cut(categories[codes[row]]);
}

function cut(text: string): string {
  const seen = visible(text);
  return seen.length > WIDEST ? `${seen.slice(0, WIDEST - 1)}…` : seen;
}
