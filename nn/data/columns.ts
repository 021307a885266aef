/** Columns of a table from what is at hand: lists, typed arrays, rows. */
import { described } from "@tapegrad/core";
import type { Categories, Column } from "./table.ts";

/**
 * What a column is made of: numbers of any kind, truth values and dates (milliseconds since 1970), or texts, with
 * `null` or nothing where a value is missing.
 *
 * @category Data
 */
export type ColumnValues = ArrayLike<number | bigint | boolean | Date | string | null | undefined>;

/** A column of these values; kinds that do not go together are a `TypeError` that says in which row. */
export function columnOf(name: string, values: ColumnValues): Column {
  if (typeof values === "string" || !Number.isInteger(values?.length)) {
    throw new TypeError(
      `Cannot make the column ${described(name)} of ${described(values)}: a list is needed`,
    );
  }
  const list = Array.from(values), first = list.find((value) => value !== null && value !== undefined);
  return typeof first === "string" ? textsOf(name, list) : numbersOf(name, list);
}

function numbersOf(name: string, values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, (value, row) => {
    if (value === null || value === undefined) return NaN;
    if (typeof value === "number" || typeof value === "boolean" || value instanceof Date) {
      return Number(value);
    }
    if (typeof value !== "bigint") throw wrong(name, value, row, "a number");
    if (BigInt(Number(value)) === value) return Number(value);
    throw new RangeError(
      `Cannot make ${value}, row ${row} of the column ${described(name)}, a number without loss`,
    );
  });
}

function textsOf(name: string, values: readonly unknown[]): Categories {
  const texts = values.map((value, row) => {
    if (value === null || value === undefined || typeof value === "string") return value ?? null;
    throw wrong(name, value, row, "a text");
  });
  const categories = [...new Set(texts.filter((text) => text !== null))].sort();
  const codes = new Map(categories.map((text, code) => [text, code]));
  return { categories, codes: Int32Array.from(texts, (text) => text === null ? -1 : codes.get(text)!) };
}

function wrong(name: string, value: unknown, row: number, wanted: string): TypeError {
  return new TypeError(
    `Cannot put ${described(value)} into row ${row} of the column ${
      described(name)
    }: ${wanted} or null is needed`,
  );
}

/** The values of each column, of rows that all have the same ones. */
export function valuesOf(rows: readonly Readonly<Record<string, unknown>>[]): Map<string, ColumnValues> {
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new TypeError(`Cannot make a table of ${described(rows)}: a list of rows is needed`);
  }
  const names = Object.keys(rows[0] ?? {});
  rows.forEach((row, i) => {
    const stray = Object.keys(row ?? {}).find((name) => !names.includes(name));
    if (stray === undefined) return;
    throw new RangeError(
      `Cannot make a table of rows of which row ${i} has ${described(stray)}: row 0 has not`,
    );
  });
  return new Map(names.map((name) => [name, rows.map((row) => row?.[name]) as unknown as ColumnValues]));
}

/** Columns of 0 and 1, one for each category, by their names. */
export function oneHot(
  name: string,
  { categories, codes }: Categories,
  wanted: readonly string[] = categories,
): [string, Float64Array][] {
  const row = codes.findIndex((code) => code >= 0 && !wanted.includes(categories[code]));
  if (row >= 0) {
    const found = described(categories[codes[row]]);
    throw new RangeError(
      `Cannot make ${found}, row ${row} of the column ${described(name)}, one of ${wanted.join(", ")}`,
    );
  }
  return wanted.map((category) => {
    const own = categories.indexOf(category);
    return [`${name}_${category}`, Float64Array.from(codes, (code) => code >= 0 && code === own ? 1 : 0)];
  });
}

/** Some rows of a column. */
export function rowsOf(column: Column, rows: Int32Array): Column {
  if (column instanceof Float64Array) return Float64Array.from(rows, (row) => column[row]);
  return { categories: column.categories, codes: rows.map((row) => column.codes[row]) };
}

/** Whether a row of a column has a value. */
export function hasValue(column: Column, row: number): boolean {
  return column instanceof Float64Array ? !Number.isNaN(column[row]) : column.codes[row] >= 0;
}

/** Columns by name, and the names of those that came of one; two of one name are a `RangeError`. */
export function joined(
  parts: readonly (readonly [string, readonly [string, Column][]])[],
): [Map<string, Column>, Map<string, string[]>] {
  const all = parts.flatMap(([, columns]) => columns), names = all.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot make two columns ${described(twice)}: rename one, or leave it out by columns`,
    );
  }
  return [new Map(all), new Map(parts.map(([name, columns]) => [name, columns.map(([each]) => each)]))];
}
