/** Tables from CSV. */
import { checkOptions, described } from "@tapegrad/core";
import { CsvError, type CsvPlace, CsvScanner, type CsvTarget } from "./csv_scanner.ts";
import { ColumnBuilder, tableOf } from "./column_builder.ts";
import type { ColumnType, Table } from "./table.ts";
import type { PieceStream } from "../stream.ts";

/**
 * What {@link readCsv} may be told.
 *
 * @category Files
 */
export interface CsvOptions {
  /** What separates fields; "," unless said. */
  readonly delimiter?: string;
  /** What encloses fields that have delimiters, ends of lines or, doubled, itself in them; `"` unless said. */
  readonly quote?: string;
  /** Whether the first row has the names, or the names; it has unless said. Columns without are "0", "1" …. */
  readonly header?: boolean | readonly string[];
  /** The columns to keep, in this order; all unless said. */
  readonly columns?: readonly string[];
  /** The texts that stand for no value; those of pandas unless said: "", NA, N/A, NaN, nan, null, None … */
  readonly missing?: readonly string[];
  /** The types of columns where they are not to be inferred. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** The columns that become one of 0 and 1 for each category, as `name_category`. */
  readonly oneHot?: readonly string[];
}

/** What pandas takes for none. */
const MISSING = [
  ...["", "NA", "<NA>", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "NULL", "null", "None"],
  ...["NaN", "nan", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"],
];

/**
 * The table in a CSV file, RFC 4180, of a text, of UTF-8 or of a stream of either, read piece by piece. Ends of lines
 * are \n, \r\n or \r; a byte order mark and empty lines are left out. A column is of numbers if all its values are,
 * with NaN for missing ones, else of categories; inf and Infinity are numbers, and integers that a number would round
 * are not. A file that is empty, ragged, half-written or no UTF-8, and a value
 * that is not of its column's type, are a {@link CsvError} with line and column.
 *
 * @category Files
 * @example
 * ```ts
 * import { CsvError, readCsv } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const text = 'size,kind,price\n1.5,"a, or so",10\n,b,20\n';
 * const table = await readCsv(text, { oneHot: ["kind"] });
 * assertEquals(table.names, ["size", "kind_a, or so", "kind_b", "price"]);
 * assertEquals(table.numbers("size"), new Float64Array([1.5, NaN]));
 * const [x, y] = table.toDataset(["size", "kind"], "price").tensors;
 * assertEquals([await x.array(), await y.array()], [[[1.5, 1, 0], [NaN, 0, 1]], [10, 20]]);
 * await assertRejects(() => readCsv("a,b\n1"), CsvError, "line 2, column 1: this row has 1 field, others have 2");
 * ```
 */
export async function readCsv(
  source: string | Uint8Array | PieceStream<string | Uint8Array>,
  options: CsvOptions = {},
): Promise<Table> {
  const reader = new CsvReader(options);
  if (typeof source === "string" || source instanceof Uint8Array) reader.push(source);
  else {
    if (!(source instanceof ReadableStream)) {
      throw new TypeError(
        `Cannot read CSV from ${described(source)}: pass a text, bytes or a stream of them`,
      );
    }
    await eachPiece(source, (piece) => reader.push(piece));
  }
  return reader.end();
}

// By its reader, since streams are not iterable everywhere; what fails lets go of the stream.
async function eachPiece<T>(stream: PieceStream<T>, take: (piece: T) => void): Promise<void> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value!);
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}

/** As many bytes are decoded at a time: a text has an end that files may be beyond. */
const PIECE = 2 ** 20;

/** A field of the first row, and where it is. */
interface Field extends CsvPlace {
  readonly text: string;
}

class CsvReader implements CsvTarget {
  readonly #options: CsvOptions;
  readonly #missing: ReadonlySet<string>;
  readonly #scanner: CsvScanner;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #place = (): CsvPlace => this.#scanner.fieldPlace;
  #first: Field[] = [];
  /** The column of each field, `null` where it is left out; `null` until the first row is read. */
  #columns: readonly (ColumnBuilder | null)[] | null = null;
  #kept: readonly ColumnBuilder[] = [];
  #extra: CsvPlace | null = null;

  constructor(options: CsvOptions) {
    const known = { delimiter: "", quote: "", header: null, columns: [], missing: [], types: {}, oneHot: [] };
    checkOptions("read CSV", options, known);
    const { delimiter = ",", quote = '"', header = true, missing = MISSING } = options;
    checkMarks(delimiter, quote);
    this.#options = options;
    this.#missing = new Set(missing);
    this.#scanner = new CsvScanner(delimiter, quote, this);
    for (const [what, names] of Object.entries({ columns: options.columns, header })) {
      if (Array.isArray(names) && names.length === 0) {
        throw new RangeError(`Cannot read CSV with ${what} []: name some, or leave ${what} out`);
      }
    }
    if (typeof header !== "boolean") this.#name(header.map((text) => ({ text, line: 1, column: 1 })));
  }

  push(piece: string | Uint8Array): void {
    if (typeof piece === "string") return this.#scanner.push(piece);
    for (let at = 0; at < piece.length; at += PIECE) {
      this.#scanner.push(this.#decoded(piece.subarray(at, at + PIECE)));
    }
  }

  end(): Table {
    this.#scanner.push(this.#decoded());
    this.#scanner.end();
    if (this.#kept.length === 0 || this.#kept[0].length === 0) {
      const why = this.#columns ? "there is no row of values" : "the file is empty";
      throw new CsvError(why, this.#scanner.place);
    }
    return tableOf(this.#kept);
  }

  field(at: number, text: string, start: number, end: number): void {
    if (this.#columns === null) this.#first.push({ text: text.slice(start, end), ...this.#place() });
    else if (at < this.#columns.length) this.#columns[at]?.push(text, start, end, this.#place);
    else this.#extra ??= this.#place();
  }

  row(fields: number): void {
    if (this.#columns === null) return this.#begin();
    const width = this.#columns.length;
    if (fields === width) return;
    const found = fields === 1 ? "1 field" : `${fields} fields`;
    throw new CsvError(`this row has ${found}, others have ${width}`, this.#extra ?? this.#place());
  }

  #begin(): void {
    const hasNames = this.#options.header ?? true, first = this.#first;
    this.#name(hasNames ? first : first.map((field, i) => ({ ...field, text: String(i) })));
    if (hasNames) return;
    first.forEach((field, i) => this.#columns![i]?.push(field.text, 0, field.text.length, () => field));
  }

  #decoded(bytes?: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new CsvError("what follows is no UTF-8, is the file whole?", this.#scanner.place);
    }
  }

  #name(fields: readonly Field[]): void {
    const names = fields.map(({ text }) => text);
    const { columns = names, types = {}, oneHot = [] } = this.#options;
    const twice = fields.find(({ text }, i) => names.indexOf(text) !== i);
    if (twice) throw new CsvError(`a second column is named ${JSON.stringify(twice.text)}`, twice);
    for (const name of [...columns, ...Object.keys(types)]) checkName(name, names);
    for (const name of oneHot) checkName(name, columns);
    this.#kept = columns.map((name) =>
      new ColumnBuilder({
        name,
        type: Object.hasOwn(types, name) ? types[name] : undefined,
        isOneHot: oneHot.includes(name),
        missing: this.#missing,
      })
    );
    this.#columns = names.map((name) => this.#kept[columns.indexOf(name)] ?? null);
  }
}

function checkMarks(delimiter: string, quote: string): void {
  for (const mark of [delimiter, quote]) {
    if (mark.length === 1 && !/[\r\n]/.test(mark) && delimiter !== quote) continue;
    const found = `${described(delimiter)} between fields and ${described(quote)} around them`;
    throw new RangeError(`Cannot read CSV with ${found}: two different characters are needed`);
  }
}

function checkName(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new RangeError(`Cannot read the column ${described(name)} of CSV: there are ${names.join(", ")}`);
}
