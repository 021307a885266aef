import type { ParseOptions } from "./parse_args.ts";

function list(names: string | readonly string[]): readonly string[] {
  return typeof names === "string" ? [names] : names;
}

function isNumber(text: string): boolean {
  return /^0x[0-9a-f]+$/i.test(text) || /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(text);
}

/** Each name with the others that mean the same. */
function aliasGroups(alias: NonNullable<ParseOptions["alias"]>): Map<string, string[]> {
  const groups = Object.entries(alias).map(([key, names]) => [key, ...list(names)]);
  return new Map(groups.flatMap((group) => group.map((name) => [name, group] as const)));
}

/** Gathers values under their names and all aliases of these. */
export class Collector {
  readonly positional: (string | number)[] = [];
  readonly #values: Record<string, unknown> = {};
  readonly #groups: Map<string, string[]>;
  readonly #booleans: Set<string>;
  readonly #strings: Set<string>;
  readonly #collected: Set<string>;
  readonly #negatable: Set<string>;
  readonly #options: ParseOptions;

  constructor(options: ParseOptions) {
    this.#options = options;
    this.#groups = aliasGroups(options.alias ?? {});
    const spread = (names: readonly string[] = []) => new Set(names.flatMap((name) => this.#names(name)));
    this.#booleans = spread(options.boolean);
    this.#strings = spread(options.string);
    this.#collected = spread(options.collect);
    this.#negatable = spread(options.negatable);
  }

  #names(key: string): string[] {
    return this.#groups.get(key) ?? [key];
  }

  isBoolean(key: string): boolean {
    return this.#booleans.has(key);
  }

  isString(key: string): boolean {
    return this.#strings.has(key);
  }

  negates(key: string): boolean {
    return this.#negatable.has(key);
  }

  #isKnown(key: string): boolean {
    return this.#booleans.has(key) || this.#strings.has(key) || this.#groups.has(key);
  }

  set(key: string, value: string | boolean, arg: string): void {
    if (!this.#isKnown(key) && this.#options.unknown?.(arg, key, value) === false) return;
    const read = typeof value === "string" && !this.isString(key) && isNumber(value) ? Number(value) : value;
    for (const name of this.#names(key)) this.#put(name, read);
  }

  #put(name: string, value: unknown): void {
    const before = this.#values[name];
    // --no-NAME is no value to collect, and a value after it starts anew.
    const collects = this.#collected.has(name) && value !== false;
    this.#values[name] = collects ? [...(Array.isArray(before) ? before : []), value] : value;
  }

  add(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.positional.push(!this.isString("_") && isNumber(arg) ? Number(arg) : arg);
  }

  #fill(key: string, value: unknown): void {
    for (const name of this.#names(key)) if (!Object.hasOwn(this.#values, name)) this.#values[name] = value;
  }

  finish(rest: readonly string[], apart: boolean): Record<string, unknown> {
    for (const [key, value] of Object.entries(this.#options.default ?? {})) this.#fill(key, value);
    for (const key of this.#booleans) this.#fill(key, this.#collected.has(key) ? [] : false);
    for (const key of this.#strings) if (this.#collected.has(key)) this.#fill(key, []);
    const positional = apart ? this.positional : [...this.positional, ...rest];
    return { _: positional, ...this.#values, ...(apart ? { "--": [...rest] } : {}) };
  }
}
