/** The body of a function: its locals and its statements. */
import { Bytes } from "./bytes.ts";
import { laneStores, runs, stores } from "./instructions.ts";
import { type ValueType, writeType } from "./types.ts";
import {
  checkTypes,
  i32,
  type Int,
  int,
  op,
  place,
  plus,
  type ResultOf,
  type Value,
  writeCode,
} from "./values.ts";

/** A variable of a function; where it stands as a value, it is read. */
export interface Local<T extends ValueType = ValueType> extends Value<T> {
  /** Its number in the function. */
  readonly index: number;
}

/** Where a branch may go: the end of a block, or the start of a loop. */
export interface Label {
  /** How many blocks and loops it is inside of. */
  readonly depth: number;
}

/** A function that code can call. */
export interface Callable<P extends readonly ValueType[] = readonly ValueType[], R extends Given = Given> {
  /** Its number in the module. */
  readonly index: number;
  /** The types that it takes. */
  readonly takes: P;
  /** The type that it gives, or `null`. */
  readonly gives: R;
}

/** What a function gives: a value of a type, or nothing. */
export type Given = ValueType | null;

const VOID = 0x40, END = 0x0b;

/** A variable by its number. */
export function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return { type, index, write: (to) => (to.byte(0x20), to.unsigned(index)) };
}

/** What a function does, statement by statement. */
export class Body {
  readonly #code = new Bytes();
  readonly #early = new Bytes();
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;
  #depth = 0;

  /** An empty body of a function of so many parameters. */
  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** A new variable, 0 at first. */
  local<T extends ValueType>(type: T): Local<T> {
    return localAt(type, this.#parameters + this.#locals.push(type) - 1);
  }

  /** A new variable that holds a value from here on, which is computed once. */
  keep<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  /** A new variable that holds a value from the start of the function on: a constant that loops would make anew. */
  keepEarly<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    writeSet(this.#early, local, value);
    return local;
  }

  /** Puts a value into a variable. */
  set<T extends ValueType>(local: Local<T>, value: Value<T>): void {
    writeSet(this.#code, local, value);
  }

  /** Adds to a variable. */
  advance(local: Local<"i32">, by: Int): void {
    this.set(local, plus(local, by));
  }

  /** Stores a value at an address and a number of bytes behind it. */
  store<N extends keyof typeof stores>(
    name: N,
    address: Int,
    value: Value<ResultOf<(typeof stores)[N]>>,
    offset = 0,
  ): void {
    this.#store(name, stores[name], address, value, place(offset));
  }

  /** Stores one lane of a vector. */
  storeLane(
    name: keyof typeof laneStores,
    address: Int,
    vector: Value<"v128">,
    lane: number,
    offset = 0,
  ): void {
    this.#store(name, laneStores[name], address, vector, (to) => (place(offset)(to), to.byte(lane)));
  }

  #store(
    name: string,
    { takes, code }: { readonly takes: readonly ValueType[]; readonly code: number },
    address: Int,
    value: Value,
    behind: (to: Bytes) => void,
  ): void {
    checkTypes(name, takes, [value]);
    int(address).write(this.#code);
    value.write(this.#code);
    writeCode(this.#code, code);
    behind(this.#code);
  }

  /** Copies bytes, which may overlap. */
  copy(to: Int, from: Int, bytes: Int): void {
    for (const operand of [to, from, bytes]) int(operand).write(this.#code);
    writeCode(this.#code, runs.copy);
    this.#code.raw([0, 0]);
  }

  /** Fills bytes with one. */
  fill(to: Int, byte: Int, bytes: Int): void {
    for (const operand of [to, byte, bytes]) int(operand).write(this.#code);
    writeCode(this.#code, runs.fill);
    this.#code.byte(0);
  }

  /** Writes instructions that leave nothing on the stack. */
  statement(write: (to: Bytes) => void): void {
    write(this.#code);
  }

  /** Runs statements that a branch to the label leaves. */
  block(statements: (end: Label) => void): void {
    this.#nested(0x02, statements);
  }

  /** Runs statements that a branch to the label begins anew; without one, they run once. */
  loop(statements: (start: Label) => void): void {
    this.#nested(0x03, statements);
  }

  /** Runs statements if a condition is not 0, others if it is. */
  if(condition: Value<"i32">, statements: () => void, others?: () => void): void {
    checkTypes("if", ["i32"], [condition]);
    condition.write(this.#code);
    this.#nested(0x04, () => {
      statements();
      if (!others) return;
      this.#code.byte(0x05);
      others();
    });
  }

  #nested(code: number, statements: (label: Label) => void): void {
    this.#code.raw([code, VOID]);
    statements({ depth: ++this.#depth });
    this.#depth--;
    this.#code.byte(END);
  }

  /** Goes to a label. */
  branch({ depth }: Label): void {
    this.#code.byte(0x0c);
    this.#code.unsigned(this.#depth - depth);
  }

  /** Goes to a label if a condition is not 0. */
  branchIf({ depth }: Label, condition: Value<"i32">): void {
    checkTypes("br_if", ["i32"], [condition]);
    condition.write(this.#code);
    this.#code.byte(0x0d);
    this.#code.unsigned(this.#depth - depth);
  }

  /** Repeats statements as long as a condition is not 0 before them; it is tried once a turn, at its end. */
  while(condition: Value<"i32">, statements: () => void): void {
    this.if(condition, () => {
      this.loop((start) => {
        statements();
        this.branchIf(start, condition);
      });
    });
  }

  /** Runs statements with a variable from its present value while it is below a limit, by steps. */
  upTo(index: Local<"i32">, limit: Int, step: Int, statements: () => void): void {
    this.while(op("i32.lt_u", index, int(limit)), () => {
      statements();
      this.advance(index, step);
    });
  }

  /** Calls a function for what it does. */
  call<P extends readonly ValueType[], R extends Given>(
    callable: Callable<P, R>,
    ...operands: { readonly [K in keyof P]: Value<P[K]> }
  ): void {
    writeCall(this.#code, callable, operands);
    if (callable.gives) this.#code.byte(0x1a);
  }

  /** Ends the function, with what it gives. */
  return(value?: Value): void {
    value?.write(this.#code);
    this.#code.byte(0x0f);
  }

  /** Traps: what stands here is never reached. */
  unreachable(): void {
    this.#code.byte(0x00);
  }

  /** The body with the value that it gives, as the module holds it. */
  end(result: Value | null): Bytes {
    const body = new Bytes();
    body.unsigned(this.#locals.length);
    for (const type of this.#locals) {
      body.byte(1);
      writeType(body, type);
    }
    body.raw(this.#early.written);
    body.raw(this.#code.written);
    result?.write(body);
    body.byte(END);
    return body;
  }
}

function writeSet(to: Bytes, local: Local, value: Value): void {
  checkTypes("local.set", [local.type], [value]);
  value.write(to);
  to.byte(0x21);
  to.unsigned(local.index);
}

/** What a function gives for operands. */
export function call<P extends readonly ValueType[], R extends ValueType>(
  callable: Callable<P, R>,
  ...operands: { readonly [K in keyof P]: Value<P[K]> }
): Value<R> {
  return { type: callable.gives, write: (to) => writeCall(to, callable, operands) };
}

function writeCall(to: Bytes, { index, takes }: Callable, operands: readonly Value[]): void {
  checkTypes("call", takes, operands);
  for (const operand of operands) operand.write(to);
  to.byte(0x10);
  to.unsigned(index);
}

/** Whether a count is not 0. */
export function some(count: Int): Value<"i32"> {
  return op("i32.ne", int(count), i32(0));
}
