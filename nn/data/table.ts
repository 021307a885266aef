/** Tables of named columns. */
import {
  checkOptions,
  type CreationOptions,
  defaultDtype,
  described,
  fromArray,
  htmlTable,
  showAsText,
  showTable,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { columnOf, type ColumnValues, hasValue, joined, oneHot, rowsOf, valuesOf } from "./columns.ts";
import { checkIndices } from "./dataset.ts";
import { tableLines } from "./table_text.ts";
import { TensorDataset } from "./tensor_dataset.ts";

/**
 * What a column is of: numbers, or strings, which are categories.
 *
 * @category Data
 */
export type ColumnType = "number" | "string";

/**
 * A column of strings: each row has the code of one of the categories, or -1 where its value is missing.
 *
 * @category Data
 */
export interface Categories {
  /** The different strings, sorted. */
  readonly categories: readonly string[];
  /** The position of each row's among them. */
  readonly codes: Int32Array;
}

/**
 * A column: numbers, NaN where missing, or strings.
 *
 * @category Data
 */
export type Column = Float64Array | Categories;

function lengthOf(column: Column): number {
  return (column instanceof Float64Array ? column : column.codes).length;
}

/**
 * Named columns of one length, on the host, as `readCsv` reads them.
 *
 * @category Data
 */
export class Table {
  /** The names of the columns, in order. */
  readonly names: readonly string[];
  /** How many rows there are. */
  readonly length: number;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #groups: ReadonlyMap<string, readonly string[]>;

  /** Of columns of one length, and names that stand for several of them. */
  constructor(
    columns: ReadonlyMap<string, Column>,
    groups: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    const lengths = new Set(Array.from(columns.values(), lengthOf));
    if (lengths.size !== 1) {
      const found = columns.size === 0 ? "no columns" : `columns of ${[...lengths].join(" and ")} rows`;
      throw new RangeError(`Cannot make a table of ${found}: one length is needed`);
    }
    [this.#columns, this.#groups] = [columns, groups];
    [this.names, this.length] = [[...columns.keys()], [...lengths][0]];
    showAsText(this, () => ({ "text/html": htmlTable(tableLines(this), this.#extents()) }));
  }

  #extents(): string {
    return `${this.length} rows, ${this.names.length} columns`;
  }

  /**
   * The table of columns by name, each a list of numbers or of texts, or a typed array.
   *
   * @example
   * ```ts
   * import { Table } from "@tapegrad/nn";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const table = Table.fromColumns({ size: [1, 2, null], kind: ["b", "a", "b"], price: Float32Array.of(3, 4, 5) });
   * const [x, y] = table.oneHot(["kind"]).withoutMissing().toDataset(["size", "kind"], "price").tensors;
   * assertEquals([await x.array(), await y.array()], [[[1, 0, 1], [2, 1, 0]], [3, 4]]);
   * ```
   */
  static fromColumns(columns: Readonly<Record<string, ColumnValues>>): Table {
    return new Table(
      new Map(Object.entries(columns ?? {}).map(([name, values]) => [name, columnOf(name, values)])),
    );
  }

  /** The table of rows, which are plain objects of the same names; one that lacks a name has no value there. */
  static fromRows(rows: readonly Readonly<Record<string, unknown>>[]): Table {
    return Table.fromColumns(Object.fromEntries(valuesOf(rows)));
  }

  /** Its first and last rows as text. */
  toString(): string {
    return `${showTable(tableLines(this))}\n${this.#extents()}`;
  }

  /** A column: numbers, NaN where missing, or categories. Another name is a `RangeError`. */
  column(name: string): Column {
    const column = this.#columns.get(name);
    if (column !== undefined) return column;
    throw new RangeError(`Cannot take the column ${described(name)}: there are ${this.names.join(", ")}`);
  }

  /** A column of numbers, NaN where missing; one of strings is a `TypeError`. */
  numbers(name: string): Float64Array {
    const column = this.column(name);
    if (column instanceof Float64Array) return column;
    throw new TypeError(
      `Cannot take the column ${described(name)} as numbers: it has ${
        described(column.categories[0])
      }, make it oneHot`,
    );
  }

  /** Columns of numbers side by side, `[length, columns]`; the name of one that was made one-hot stands for all of its. */
  tensor(names: readonly string[], options: CreationOptions = {}): Tensor {
    checkNames(names);
    const columns = this.#spread(names).map((name) => this.numbers(name));
    const width = columns.length, elements = new Float64Array(this.length * width);
    columns.forEach((column, j) => column.forEach((value, i) => elements[i * width + j] = value));
    return fromArray(elements, [this.length, width], { ...options, dtype: options.dtype ?? defaultDtype() });
  }

  /** The codes of a column of categories, `[length]`, i32; a missing one is a `RangeError`. */
  classes(name: string, options: Omit<CreationOptions, "dtype"> = {}): Tensor {
    const column = this.column(name);
    if (column instanceof Float64Array) {
      throw new TypeError(
        `Cannot take the column ${described(name)} as classes: read it as string, by types`,
      );
    }
    const row = column.codes.indexOf(-1);
    if (row >= 0) {
      throw new RangeError(`Cannot take the column ${described(name)} as classes: row ${row} has none`);
    }
    return tensor(column.codes, { ...options, dtype: "i32" });
  }

  /**
   * A table in which columns of categories are each a column of 0 and 1 for every category, `name_category`, which
   * `name` stands for. `categories` says which there are, in their order, where that is to be as in another table;
   * one that is not among them is a `RangeError`.
   */
  oneHot(
    names: readonly string[],
    options: { readonly categories?: Readonly<Record<string, readonly string[]>> } = {},
  ): Table {
    checkOptions("make columns one-hot", options, { categories: {} });
    checkNames(names);
    const spread = new Map(
      names.map((name) => [name, oneHot(name, this.#categories(name), options.categories?.[name])]),
    );
    const parts = this.names.map((name) => [name, spread.get(name) ?? [[name, this.column(name)]]] as const);
    const [columns, groups] = joined(parts as Parameters<typeof joined>[0]);
    return new Table(columns, new Map([...this.#groups, ...groups]));
  }

  /** The rows at positions, in their order. */
  rows(indices: ArrayLike<number>): Table {
    const rows = checkIndices(indices, this.length);
    return new Table(
      new Map([...this.#columns].map(([name, column]) => [name, rowsOf(column, rows)])),
      this.#groups,
    );
  }

  /**
   * The rows that have a value in each of the columns, all columns unless said. Where a column was made one-hot those
   * of no category have none.
   */
  withoutMissing(names: readonly string[] = this.names): Table {
    checkNames(names);
    const chosen = this.#spread(names), columns = chosen.map((name) => this.column(name));
    const spread = [...this.#groups].filter(([name, of]) =>
      of[0] !== name && of.some((one) => chosen.includes(one))
    );
    const hot = spread.map(([, of]) => of.map((name) => this.numbers(name)));
    const hasAll = (row: number) =>
      columns.every((column) => hasValue(column, row)) && hot.every((of) => of.some((one) => one[row] !== 0));
    const all = Array.from({ length: this.length }, (_, row) => row);
    return this.rows(all.filter(hasAll));
  }

  /** The columns of these names, of which one may stand for several. */
  #spread(names: readonly string[]): readonly string[] {
    return names.flatMap((name) => this.#groups.get(name) ?? [name]);
  }

  #categories(name: string): Categories {
    const column = this.column(name);
    if (!(column instanceof Float64Array)) return column;
    throw new TypeError(
      `Cannot make the column ${described(name)} one-hot: it has numbers, read it as string`,
    );
  }

  /**
   * The samples of a model: inputs `[length, columns]`, and targets, `[length, columns]` of a list, `[length]` of one
   * name, and i32 classes if that is of strings.
   */
  toDataset(
    inputs: readonly string[],
    targets: string | readonly string[],
    options: CreationOptions = {},
  ): TensorDataset {
    const x = this.tensor(inputs, options);
    if (typeof targets !== "string") return new TensorDataset(x, this.tensor(targets, options));
    if (this.#columns.get(targets) instanceof Float64Array) {
      return new TensorDataset(x, this.tensor([targets], options).reshape([this.length]));
    }
    const { dtype: _, ...rest } = options;
    return new TensorDataset(x, this.classes(targets, rest));
  }
}

function checkNames(names: readonly string[]): void {
  if (Array.isArray(names)) return;
  throw new TypeError(`Cannot take the columns ${described(names)}: a list of names is needed`);
}
