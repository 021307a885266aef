/** Modules: what they import, their functions, and the bytes of it all. */
import { Body, type Callable, type Given, type Local, localAt } from "./body.ts";
import { Bytes } from "./bytes.ts";
import { type ValueType, writeType } from "./types.ts";
import { type NodeKind, type Root, rootAt } from "./nodes.ts";
import { checkTypes, type Value } from "./values.ts";

/** The parameters of a function, as variables. */
export type Parameters<P extends readonly ValueType[]> = { readonly [K in keyof P]: Local<P[K]> };

/** What the memory is that a module imports. */
export interface MemoryType {
  /** How many pages of 64 KiB it has at least; none unless said. */
  readonly initial?: number;
  /** How many it can grow to at most; a shared memory says so. */
  readonly maximum?: number;
  /** Whether several threads share it. */
  readonly shared?: boolean;
}

/** From where a module imports. */
export interface Origin {
  /** The name of the object that holds it. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION = 0, MEMORY = 2;

/**
 * A module in the making: imports first, then functions, each of which may call those before it.
 *
 * A module with a function `add` that gives the sum of two numbers:
 * `module.export("add", module.define(["f32", "f32"], "f32", (_, [a, b]) => op("f32.add", a, b)))`.
 */
export class Module {
  readonly #types = new Bytes();
  readonly #typeOf = new Map<string, number>();
  readonly #globals = new Bytes();
  readonly #imports = new Bytes();
  readonly #functions = new Bytes();
  readonly #exports = new Bytes();
  readonly #bodies = new Bytes();
  /** What is exported, by its names, in their order. */
  readonly exported = new Map<string, Callable>();
  #counts = { types: 0, imports: 0, importedFunctions: 0, functions: 0, globals: 0, exports: 0 };

  /** Imports the memory. */
  importMemory({ module, name }: Origin, { initial = 0, maximum, shared = false }: MemoryType = {}): void {
    if (shared && maximum === undefined) {
      throw new TypeError("Cannot import a shared memory without a maximum");
    }
    this.#import(module, name, MEMORY);
    this.#imports.byte((maximum === undefined ? 0 : 1) + (shared ? 2 : 0));
    this.#imports.unsigned(initial);
    if (maximum !== undefined) this.#imports.unsigned(maximum);
  }

  /** Imports a function. */
  importFunction<const P extends readonly ValueType[], R extends Given>(
    { module, name }: Origin,
    takes: P,
    gives: R,
  ): Callable<P, R> {
    if (this.#counts.functions > 0) throw new Error(`Cannot import ${name}: imports stand before functions`);
    this.#import(module, name, FUNCTION);
    this.#imports.unsigned(this.#typeIndex(takes, gives));
    return { index: this.#counts.importedFunctions++, takes, gives };
  }

  #import(module: string, name: string, kind: number): void {
    this.#imports.text(module);
    this.#imports.text(name);
    this.#imports.byte(kind);
    this.#counts.imports++;
  }

  /** Defines a function: `build` writes its statements, and gives the value that it gives. */
  define<const P extends readonly ValueType[], R extends Given>(
    takes: P,
    gives: R,
    build: (body: Body, parameters: Parameters<P>) => R extends ValueType ? Value<R> : void,
  ): Callable<P, R> {
    const body = new Body(takes.length);
    const result = build(body, takes.map(localAt) as unknown as Parameters<P>) as Value | undefined;
    checkTypes("end", gives === null ? [] : [gives], result ? [result] : []);
    this.#functions.unsigned(this.#typeIndex(takes, gives));
    this.#bodies.sized(body.end(result ?? null));
    return { index: this.#counts.importedFunctions + this.#counts.functions++, takes, gives };
  }

  /** Exports a function under a name. */
  export(name: string, callable: Callable): void {
    this.exported.set(name, callable);
    this.#exports.text(name);
    this.#exports.byte(FUNCTION);
    this.#exports.unsigned(callable.index);
    this.#counts.exports++;
  }

  #typeIndex(takes: readonly ValueType[], gives: Given): number {
    const results = gives === null ? [] : [gives], key = `${takes.join()}>${results.join()}`;
    let index = this.#typeOf.get(key);
    if (index !== undefined) return index;
    this.#typeOf.set(key, index = this.#counts.types++);
    this.#types.byte(0x60);
    for (const types of [takes, results]) {
      this.#types.unsigned(types.length);
      for (const type of types) writeType(this.#types, type);
    }
    return index;
  }

  /** Defines a kind of objects that hold so many vectors, and the next object. */
  node(vectors: number): NodeKind {
    const index = this.#counts.types++, types = this.#types, type = `ref ${index}` as const;
    types.byte(0x5f);
    types.unsigned(vectors + 1);
    for (let k = 0; k <= vectors; k++) {
      writeType(types, k < vectors ? "v128" : type);
      types.byte(1);
    }
    return { index, type, vectors };
  }

  /** Defines a variable of the module that holds an object of a kind, none at first. */
  root({ index, type }: NodeKind): Root {
    writeType(this.#globals, type);
    this.#globals.raw([1, 0xd0]);
    this.#globals.signed(index);
    this.#globals.byte(0x0b);
    return rootAt(type, this.#counts.globals++);
  }

  /** The module, ready to be compiled. */
  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Bytes(), { types, imports, functions, globals, exports } = this.#counts;
    all.raw(MAGIC);
    section(all, 1, types, this.#types);
    section(all, 2, imports, this.#imports);
    section(all, 3, functions, this.#functions);
    section(all, 6, globals, this.#globals);
    section(all, 7, exports, this.#exports);
    section(all, 10, functions, this.#bodies);
    return all.written.slice();
  }
}

function section(all: Bytes, id: number, count: number, entries: Bytes): void {
  if (count === 0) return;
  const content = new Bytes();
  content.unsigned(count);
  content.raw(entries.written);
  all.byte(id);
  all.sized(content);
}
