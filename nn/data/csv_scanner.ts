/** CSV as rows of fields, character by character. */

/**
 * What is wrong with a CSV file, and where.
 *
 * @category Errors
 */
export class CsvError extends SyntaxError {
  /** The name of the class. */
  override readonly name = "CsvError";
  /** The line, from 1. */
  readonly line: number;
  /** The character in the line, from 1. */
  readonly column: number;

  /** What is wrong `at` a place. */
  constructor(why: string, at: CsvPlace) {
    super(`Cannot read CSV at line ${at.line}, column ${at.column}: ${why}`);
    [this.line, this.column] = [at.line, at.column];
  }
}

/**
 * A place in a file.
 *
 * @category Files
 */
export interface CsvPlace {
  /** The line, from 1. */
  readonly line: number;
  /** The character in the line, from 1. */
  readonly column: number;
}

/** What stands between two delimiters, and where it begins. */
export interface Field extends CsvPlace {
  /** The text, without quotes. */
  readonly text: string;
}

/** Gives each row of a text that comes in pieces to a function; lines without anything are none. */
export class CsvScanner {
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #onRow: (row: readonly Field[]) => void;
  #row: Field[] = [];
  #text = "";
  #start: CsvPlace = { line: 1, column: 1 };
  #state: "empty" | "plain" | "quoted" | "closed" = "empty";
  #line = 1;
  #column = 1;
  #afterReturn = false;
  #begun = false;

  /** Of fields between delimiters, some of them in quotes. */
  constructor(delimiter: string, quote: string, onRow: (row: readonly Field[]) => void) {
    [this.#delimiter, this.#quote, this.#onRow] = [delimiter, quote, onRow];
  }

  /** Where the next character stands. */
  get place(): CsvPlace {
    return { line: this.#line, column: this.#column };
  }

  /** Reads on. */
  push(text: string): void {
    let i = 0;
    if (!this.#begun && text !== "") {
      this.#begun = true;
      if (text[0] === "\uFEFF") i = 1;
    }
    for (; i < text.length; i++) this.#take(text[i]);
  }

  /** Ends the last row, which needs no end of line. */
  end(): void {
    if (this.#state === "quoted") {
      throw new CsvError(
        `the ${this.#quote} that opens here is never closed, is the file whole?`,
        this.#start,
      );
    }
    this.#endRow();
  }

  #take(c: string): void {
    const isSecond = this.#afterReturn && c === "\n";
    this.#afterReturn = c === "\r";
    if (this.#state === "quoted") this.#takeQuoted(c);
    else if (!isSecond) this.#takeOpen(c);
    if (isSecond) return;
    if (c === "\n" || c === "\r") [this.#line, this.#column] = [this.#line + 1, 1];
    else this.#column++;
    if (this.#state === "empty") this.#start = this.place;
  }

  #takeQuoted(c: string): void {
    if (c === this.#quote) this.#state = "closed";
    else this.#text += c;
  }

  #takeOpen(c: string): void {
    if (c === this.#delimiter) this.#endField();
    else if (c === "\n" || c === "\r") this.#endRow();
    else if (c === this.#quote && this.#state !== "plain") {
      if (this.#state === "closed") this.#text += c;
      this.#state = "quoted";
    } else if (this.#state === "closed") {
      const mend = `a quote in a quoted field is doubled, ${this.#quote}${this.#quote}`;
      throw new CsvError(`${JSON.stringify(c)} follows a closing ${this.#quote}: ${mend}`, this.place);
    } else {
      this.#state = "plain";
      this.#text += c;
    }
  }

  #endField(): void {
    this.#row.push({ text: this.#text, ...this.#start });
    [this.#text, this.#state] = ["", "empty"];
  }

  #endRow(): void {
    if (this.#row.length === 0 && this.#state === "empty") return;
    this.#endField();
    const row = this.#row;
    this.#row = [];
    this.#onRow(row);
  }
}
