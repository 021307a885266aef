/** Tables of named columns. */
import {
  type CreationOptions,
  described,
  htmlTable,
  showAsText,
  showTable,
  type Tensor,
  tensor,
} from "@tapegrad/core";
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
      }, read it with oneHot`,
    );
  }

  /** Columns of numbers side by side, `[length, columns]`; the name of one that was made one-hot stands for all of its. */
  tensor(names: readonly string[], options: CreationOptions = {}): Tensor {
    const columns = names.flatMap((name) => this.#groups.get(name) ?? [name]).map((name) =>
      this.numbers(name)
    );
    const rows = Array.from({ length: this.length }, (_, i) => columns.map((column) => column[i]));
    return tensor(rows, options);
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
