/** CSV as rows of fields. */

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

/** What takes the fields of a file in. */
export interface CsvTarget {
  /** A field: its number in the row, and where in a text it stands. */
  field(at: number, text: string, start: number, end: number): void;
  /** The end of a row of so many fields. */
  row(fields: number): void;
}

const [NEWLINE, RETURN, MARK] = [..."\n\r\uFEFF"].map((c) => c.charCodeAt(0));

/** Gives the fields of a text that comes in pieces to a target; lines without anything are none. */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #quote: string;
  readonly #quoteCode: number;
  readonly #target: CsvTarget;
  #state: "empty" | "plain" | "quoted" | "closed" = "empty";
  /** What earlier pieces, and quotes in this one, had of the field that is read. */
  #open = "";
  /** How many fields of the row are complete. */
  #fields = 0;
  #line = 1;
  /** Where the line begins in the piece that is read; below 0 where that was an earlier one. */
  #lineStart = 0;
  #fieldLine = 1;
  #fieldColumn = 1;
  #afterReturn = false;
  #begun = false;

  /** Of fields between delimiters, some of them in quotes. */
  constructor(delimiter: string, quote: string, target: CsvTarget) {
    [this.#quote, this.#target] = [quote, target];
    [this.#delimiter, this.#quoteCode] = [delimiter.charCodeAt(0), quote.charCodeAt(0)];
  }

  /** Where the next piece will begin. */
  get place(): CsvPlace {
    return { line: this.#line, column: 1 - this.#lineStart };
  }

  /** Where the field that is read begins, or that which was read last where the row has ended. */
  get fieldPlace(): CsvPlace {
    return { line: this.#fieldLine, column: this.#fieldColumn };
  }

  /** Reads on. */
  push(text: string): void {
    if (text === "") return;
    let i = this.#startOf(text);
    while (i < text.length) i = this.#state === "quoted" ? this.#inQuotes(text, i) : this.#outside(text, i);
    this.#lineStart -= text.length;
    this.#afterReturn = text.charCodeAt(text.length - 1) === RETURN;
  }

  /** Ends the last row, which needs no end of line. */
  end(): void {
    if (this.#state === "quoted") {
      const why = `the ${this.#quote} that opens here is never closed, is the file whole?`;
      throw new CsvError(why, this.fieldPlace);
    }
    if (this.#fields > 0 || this.#state !== "empty") this.#endRow("", 0, 0);
  }

  // A mark of the order of bytes is none of the text, and a \n after a \r is part of that end of a line.
  #startOf(text: string): number {
    const c = text.charCodeAt(0),
      isMark = !this.#begun && c === MARK,
      isEnd = this.#afterReturn && c === NEWLINE;
    this.#begun = true;
    if (!isMark && !isEnd) return 0;
    this.#lineStart = 1;
    if (this.#state === "quoted") this.#open += "\n";
    else this.#beginField(1);
    return 1;
  }

  #inQuotes(text: string, from: number): number {
    const found = text.indexOf(this.#quote, from), end = found < 0 ? text.length : found;
    for (let i = from; i < end; i++) {
      const c = text.charCodeAt(i);
      if (c !== NEWLINE && c !== RETURN) continue;
      if (c === RETURN || text.charCodeAt(i - 1) !== RETURN) this.#line++;
      this.#lineStart = i + 1;
    }
    this.#open += text.slice(from, end);
    if (found < 0) return end;
    this.#state = "closed";
    return end + 1;
  }

  /** Reads fields until one is in quotes. */
  #outside(text: string, from: number): number {
    for (let i = from; i < text.length;) {
      if (this.#state !== "plain" && this.#opens(text, i)) return i + 1;
      const end = this.#endOfField(text, i);
      if (end === text.length) {
        this.#open += text.slice(i);
        this.#state = "plain";
        return end;
      }
      if (text.charCodeAt(end) === this.#delimiter) {
        this.#endField(text, i, end);
        i = end + 1;
      } else {
        if (this.#fields > 0 || end > i || this.#state !== "empty") this.#endRow(text, i, end);
        i = this.#nextLine(text, end);
      }
      this.#beginField(i);
    }
    return text.length;
  }

  /** Whether a field begins here with a quote, or goes on with one that is doubled. */
  #opens(text: string, i: number): boolean {
    const c = text.charCodeAt(i);
    if (c === this.#quoteCode) {
      if (this.#state === "closed") this.#open += this.#quote;
      this.#state = "quoted";
      return true;
    }
    if (this.#state === "empty" || this.#endOfField(text, i) === i) return false;
    const mend = `a quote in a quoted field is doubled, ${this.#quote}${this.#quote}`;
    throw new CsvError(`${JSON.stringify(text[i])} follows a closing ${this.#quote}: ${mend}`, {
      line: this.#line,
      column: i - this.#lineStart + 1,
    });
  }

  #endOfField(text: string, from: number): number {
    const delimiter = this.#delimiter, { length } = text;
    let i = from;
    for (; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c === delimiter || c === NEWLINE || c === RETURN) break;
    }
    return i;
  }

  #nextLine(text: string, end: number): number {
    const isPair = text.charCodeAt(end) === RETURN && text.charCodeAt(end + 1) === NEWLINE;
    this.#line++;
    return this.#lineStart = end + (isPair ? 2 : 1);
  }

  #beginField(at: number): void {
    [this.#fieldLine, this.#fieldColumn] = [this.#line, at - this.#lineStart + 1];
  }

  #endField(text: string, start: number, end: number): void {
    if (this.#open === "") this.#target.field(this.#fields++, text, start, end);
    else {
      const whole = this.#open + text.slice(start, end);
      this.#target.field(this.#fields++, whole, 0, whole.length);
      this.#open = "";
    }
    this.#state = "empty";
  }

  #endRow(text: string, start: number, end: number): void {
    this.#endField(text, start, end);
    const fields = this.#fields;
    this.#fields = 0;
    this.#target.row(fields);
  }
}
