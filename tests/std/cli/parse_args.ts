/**
 * Stand-in for `@std/cli/parse-args`: what this repo uses of it. Dotted names do not nest here.
 *
 * @module
 */
import { Collector } from "./collector.ts";

/** How to read the arguments. */
export interface ParseOptions {
  /** Puts what follows `--` under that name instead of `_`. */
  readonly "--"?: boolean;
  /** Other names of an option. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Options that take no value and are false when absent. */
  readonly boolean?: readonly string[];
  /** Options that may be given many times, and are `[]` when absent. */
  readonly collect?: readonly string[];
  /** What an option is when absent. */
  readonly default?: Record<string, unknown>;
  /** Options that `--no-NAME` sets to false. */
  readonly negatable?: readonly string[];
  /** Puts all that follows the first positional argument into `_`, unread. */
  readonly stopEarly?: boolean;
  /** Options whose value stays text even if it looks like a number. */
  readonly string?: readonly string[];
  /** Told of each argument that no other field names; false drops it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What `parseArgs` returns: nothing is known of an option until it is looked at. */
export type Args = Record<string, unknown>;

function readLong(arg: string, next: string | undefined, out: Collector): boolean {
  const equals = arg.indexOf("=");
  const key = arg.slice(2, equals < 0 ? undefined : equals);
  if (equals >= 0 && equals < arg.length - 1) {
    const value = arg.slice(equals + 1);
    out.set(key, out.isBoolean(key) ? value !== "false" : value, arg);
    return false;
  }
  if (key.startsWith("no-") && out.negates(key.slice(3))) {
    out.set(key.slice(3), false, arg);
    return false;
  }
  return readValue(key, next, out, arg);
}

/** Sets an option from the argument after it, where that is a value; tells whether it was. */
function readValue(key: string, next: string | undefined, out: Collector, arg: string): boolean {
  if (next && !out.isBoolean(key) && !next.startsWith("-")) {
    out.set(key, next, arg);
    return true;
  }
  if (next === "true" || next === "false") {
    out.set(key, next === "true", arg);
    return true;
  }
  out.set(key, out.isString(key) ? "" : true, arg);
  return false;
}

/** `-abc` is three options, `-n5` and `-n=5` one with its value. */
function readShort(arg: string, next: string | undefined, out: Collector): boolean {
  for (let i = 1; i < arg.length - 1; i++) {
    const [key, rest] = [arg[i], arg.slice(i + 1)];
    if (/^(=.|\W|-?\d+(\.\d*)?(e-?\d+)?$)/.test(rest)) {
      out.set(key, rest.replace(/^=/, ""), arg);
      return false;
    }
    out.set(key, out.isString(key) ? "" : true, arg);
  }
  return readValue(arg.slice(-1), next, out, arg);
}

function readAll(args: readonly string[], stopEarly: boolean, out: Collector): void {
  for (let i = 0; i < args.length; i++) {
    const [arg, next] = [args[i], args[i + 1]];
    if (/^--./.test(arg)) i += Number(readLong(arg, next, out));
    else if (/^-./.test(arg)) i += Number(readShort(arg, next, out));
    else {
      out.add(arg);
      if (!stopEarly) continue;
      for (const rest of args.slice(i + 1)) out.positional.push(rest);
      return;
    }
  }
}

/** Reads command line arguments into an object: options by name, the rest in `_`. */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  const out = new Collector(options);
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  readAll(args.slice(0, end), options.stopEarly ?? false, out);
  return out.finish(args.slice(end + 1), options["--"] ?? false);
}
