/** Columns of a table as they are read, row by row. */
import { described } from "@tapegrad/core";
import { joined, oneHot } from "./columns.ts";
import { isNumber, numberIn } from "./csv_number.ts";
import { CsvError, type CsvPlace } from "./csv_scanner.ts";
import { Grown } from "./grown.ts";
import { type Categories, type Column, type ColumnType, Table } from "./table.ts";

/** How a column is read. */
export interface ColumnRule {
  /** Its name. */
  readonly name: string;
  /** Its type; inferred unless said. */
  readonly type: ColumnType | undefined;
  /** Whether it becomes a column of 0 and 1 for each category. */
  readonly isOneHot: boolean;
  /** The texts that stand for no value. */
  readonly missing: ReadonlySet<string>;
}

/** A column as it is read: of numbers as long as all its values are, else of the texts that occur in it. */
export class ColumnBuilder {
  readonly #rule: ColumnRule;
  readonly #isEmptyMissing: boolean;
  readonly #isNumberMissing: boolean;
  #numbers: Grown<Float64Array> | null = null;
  /** What the numbers look like, as texts they may yet have to be. */
  #digits: Digits | null = null;
  readonly #texts = new Texts();

  /** By this rule. */
  constructor(rule: ColumnRule) {
    const { type, isOneHot, missing } = rule;
    if (type !== undefined && type !== "number" && type !== "string") {
      throw new TypeError(`Cannot read a column as ${described(type)}: choose number or string`);
    }
    this.#rule = rule;
    this.#isEmptyMissing = missing.has("");
    this.#isNumberMissing = [...missing].some(isNumber);
    if (type === "string" || isOneHot) return;
    this.#numbers = new Grown(new Float64Array(64));
    if (type === undefined) this.#digits = new Digits();
  }

  /** Its name. */
  get name(): string {
    return this.#rule.name;
  }

  /** How many rows it has. */
  get length(): number {
    return this.#numbers?.length ?? this.#texts.length;
  }

  /** Takes the next row's value in, which stands from `start` to `end` of a text, and at a place of the file. */
  push(text: string, start: number, end: number, place: () => CsvPlace): void {
    const numbers = this.#numbers;
    if (numbers === null) return this.#pushText(text.slice(start, end), place);
    if (this.#isMissing(text, start, end)) return this.#pushMissing(numbers);
    const value = numberIn(text, start, end);
    if (value === value) {
      numbers.push(value);
      this.#digits?.push(text, start, end);
      return;
    }
    const found = text.slice(start, end);
    if (this.#rule.missing.has(found)) return this.#pushMissing(numbers);
    if (this.#digits !== null) this.#becomeTexts(this.#digits);
    this.#pushText(found, place);
  }

  /** The columns that it becomes, by name. */
  columns(): [string, Column][] {
    if (this.#numbers !== null) return [[this.name, this.#numbers.elements()]];
    const categories = this.#texts.categories();
    return this.#rule.isOneHot ? oneHot(this.name, categories) : [[this.name, categories]];
  }

  // What is a number is missing only where somebody says so.
  #isMissing(text: string, start: number, end: number): boolean {
    if (start === end) return this.#isEmptyMissing;
    return this.#isNumberMissing && this.#rule.missing.has(text.slice(start, end));
  }

  #pushMissing(numbers: Grown<Float64Array>): void {
    numbers.push(NaN);
    this.#digits?.push("", 0, 0);
  }

  #pushText(text: string, place: () => CsvPlace): void {
    const { missing, type, name } = this.#rule;
    if (missing.has(text)) return this.#texts.push(null);
    if (type === "number" && !isNumber(text)) {
      throw new CsvError(`${JSON.stringify(text)} is no number, as ${name} has`, place());
    }
    if (type === "number" && this.#numbers !== null) {
      throw new CsvError(
        `${text} is an integer that a number would round; read ${name} as a string`,
        place(),
      );
    }
    this.#texts.push(text);
  }

  #becomeTexts(digits: Digits): void {
    for (const text of digits.texts()) this.#texts.push(text === "" ? null : text);
    this.#numbers = this.#digits = null;
  }
}

const END = "\n".charCodeAt(0);

/** Texts of numbers, a byte a character. */
class Digits {
  #bytes = new Uint8Array(256);
  #length = 0;
  #count = 0;
  /** Those that have other characters, as spaces that only some take for such, by their position. */
  readonly #others = new Map<number, string>();

  push(text: string, start: number, end: number): void {
    const bytes = this.#withRoomFor(end - start + 1);
    let length = this.#length;
    for (let i = start; i < end; i++) {
      const c = text.charCodeAt(i);
      if (c === END || c > 127) {
        this.#others.set(this.#count, text.slice(start, end));
        break;
      }
      bytes[length++] = c;
    }
    bytes[length++] = END;
    this.#length = length;
    this.#count++;
  }

  *texts(): Generator<string, void, undefined> {
    let at = 0;
    for (let i = 0; i < this.#count; i++) {
      const end = this.#bytes.indexOf(END, at);
      yield this.#others.get(i) ?? String.fromCharCode(...this.#bytes.subarray(at, end));
      at = end + 1;
    }
  }

  #withRoomFor(count: number): Uint8Array {
    if (this.#length + count > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}

/** As long as substrings are that the engine copies. */
const COPIED = 12;

/** A text that holds on to nothing: a part of a longer one may hold on to all of that. */
function alone(text: string): string {
  return text.length > COPIED ? text.split("").join("") : text;
}

/** The texts of a column: which there are, and which each row has. */
class Texts {
  readonly #codeOf = new Map<string, number>();
  readonly #codes = new Grown(new Int32Array(64));

  get length(): number {
    return this.#codes.length;
  }

  push(text: string | null): void {
    let code = text === null ? -1 : this.#codeOf.get(text);
    if (code === undefined) this.#codeOf.set(alone(text!), code = this.#codeOf.size);
    this.#codes.push(code);
  }

  categories(): Categories {
    const texts = [...this.#codeOf.keys()], categories = texts.toSorted();
    const places = new Map(categories.map((text, i) => [text, i]));
    const placeOf = Int32Array.from(texts, (text) => places.get(text)!);
    return { categories, codes: this.#codes.elements().map((code) => code < 0 ? -1 : placeOf[code]) };
  }
}

/** The table of columns, of which those that are made one-hot have a name together. */
export function tableOf(builders: readonly ColumnBuilder[]): Table {
  return new Table(...joined(builders.map((builder) => [builder.name, builder.columns()])));
}
