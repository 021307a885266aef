/** Columns of a table as they are read, row by row. */
import { described } from "@tapegrad/core";
import { CsvError, type Field } from "./csv_scanner.ts";
import { type Categories, type Column, type ColumnType, Table } from "./table.ts";

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** A column as it is read: its different texts, and which each row has. */
export class ColumnBuilder {
  readonly #name: string;
  readonly #type: ColumnType | undefined;
  readonly #isOneHot: boolean;
  readonly #texts = new Map<string, number>();
  readonly #codes: number[] = [];

  /** Of a type that is inferred unless said. */
  constructor(name: string, type: ColumnType | undefined, isOneHot: boolean) {
    if (type !== undefined && type !== "number" && type !== "string") {
      throw new TypeError(`Cannot read a column as ${described(type)}: choose number or string`);
    }
    [this.#name, this.#type, this.#isOneHot] = [name, type, isOneHot];
  }

  /** How many rows it has. */
  get length(): number {
    return this.#codes.length;
  }

  /** Takes the next row's value in. */
  push(field: Field, missing: ReadonlySet<string>): void {
    let code = missing.has(field.text) ? -1 : this.#texts.get(field.text);
    if (code === undefined) {
      if (this.#type === "number" && !NUMBER.test(field.text)) {
        throw new CsvError(`${JSON.stringify(field.text)} is no number, as ${this.#name} has`, field);
      }
      this.#texts.set(field.text, code = this.#texts.size);
    }
    this.#codes.push(code);
  }

  /** The columns that it becomes, by name. */
  columns(): [string, Column][] {
    const texts = [...this.#texts.keys()];
    if (this.#isOneHot) return this.#oneHot(categoriesOf(texts, this.#codes));
    const isNumber = this.#type !== "string" && texts.every((text) => NUMBER.test(text));
    return [[this.#name, isNumber ? numbersOf(texts, this.#codes) : categoriesOf(texts, this.#codes)]];
  }

  /** Its name. */
  get name(): string {
    return this.#name;
  }

  #oneHot({ categories, codes }: Categories): [string, Float64Array][] {
    return categories.map((category, i) => [
      `${this.#name}_${category}`,
      Float64Array.from(codes, (code) => code === i ? 1 : 0),
    ]);
  }
}

function numbersOf(texts: readonly string[], codes: readonly number[]): Float64Array {
  const values = texts.map(Number);
  return Float64Array.from(codes, (code) => code < 0 ? NaN : values[code]);
}

function categoriesOf(texts: readonly string[], codes: readonly number[]): Categories {
  const categories = texts.toSorted(), position = new Map(categories.map((text, i) => [text, i]));
  const places = texts.map((text) => position.get(text)!);
  return { categories, codes: Int32Array.from(codes, (code) => code < 0 ? -1 : places[code]) };
}

/** The table of columns, of which those that are made one-hot have a name together. */
export function tableOf(builders: readonly ColumnBuilder[]): Table {
  const made = builders.map((builder) => [builder.name, builder.columns()] as const);
  const all = made.flatMap(([, columns]) => columns), names = all.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot make two columns ${described(twice)}: rename one, or leave it out by columns`,
    );
  }
  const groups = made.map(([name, columns]) => [name, columns.map(([each]) => each)] as const);
  return new Table(new Map(all), new Map(groups));
}
