/** Results as a table of ops and dtypes. */
import { dtypes } from "@tapegrad/core";
import type { ConformanceResult } from "./types.ts";

const NONE = "none";

/**
 * Results as plain text: a row an op, a column a dtype. A number is the largest distance seen from the exact
 * result, in units of the last place; `ok` stands for 0, `skip` and `FAIL` for themselves, and a `*` says that
 * some of the cases were skipped.
 *
 * @category Conformance
 * @example
 * ```ts
 * import { conformanceTable } from "@tapegrad/backends/conformance";
 * import { assertEquals } from "@std/assert";
 *
 * const table = conformanceTable([
 *   { op: "exp", dtype: "f32", detail: "values", outcome: { status: "ok", ulp: 0.4999 } },
 *   { op: "add", dtype: "i32", detail: "values", outcome: { status: "ok", ulp: 0 } },
 * ]);
 * assertEquals(table.split("\n"), ["op   f32  i32", "exp  0.5    ·", "add    ·   ok"]);
 * ```
 */
export function conformanceTable(results: readonly ConformanceResult[]): string {
  const columns = [...dtypes, NONE].filter((column) => results.some((result) => columnOf(result) === column));
  const ops = distinct(results.map(({ op }) => op));
  const byCell = Map.groupBy(results, (result) => `${result.op} ${columnOf(result)}`);
  const rows = ops.map((op) => [op, ...columns.map((column) => cell(byCell.get(`${op} ${column}`) ?? []))]);
  const lines = [["op", ...columns.map((column) => column === NONE ? "" : column)], ...rows];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((text, i) => i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  ").trimEnd()
  ).join("\n");
}

function columnOf({ dtype }: ConformanceResult): string {
  return dtype ?? NONE;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function cell(results: readonly ConformanceResult[]): string {
  if (results.length === 0) return "·";
  if (results.some(({ outcome }) => outcome.status === "failed")) return "FAIL";
  const distances = results.flatMap(({ outcome }) => outcome.status === "ok" ? [outcome.ulp] : []);
  if (distances.length === 0) return "skip";
  return digits(Math.max(...distances)) + (distances.length < results.length ? "*" : "");
}

// Rounded up, so that no distance looks smaller than it was.
function digits(ulp: number): string {
  if (ulp === 0) return "ok";
  return ulp < 100 ? (Math.ceil(ulp * 10 - 1e-6) / 10).toFixed(1) : String(Math.ceil(ulp));
}
