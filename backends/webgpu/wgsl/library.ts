/**
 * The library of WGSL functions, and the source of those that a shader calls.
 *
 * A scalar function is there under its name, an underscore and the register type of its operands. Drivers may fuse
 * `a * b + c`, add in another order, and turn `(a + b) - a` into `b`. What must be exact is therefore a product of
 * numbers of 12 bits, cut off by `head`, or is hidden from them by `settled`. NaN is told by its bits, since compilers may
 * assume that there is none.
 */
import { activation } from "./functions/activation.ts";
import { arithmetic } from "./functions/arithmetic.ts";
import { bits } from "./functions/bits.ts";
import { division } from "./functions/division.ts";
import { error } from "./functions/error.ts";
import { exponential } from "./functions/exponential.ts";
import { floats } from "./functions/floats.ts";
import { gamma } from "./functions/gamma.ts";
import { inverse } from "./functions/inverse.ts";
import { logarithm } from "./functions/logarithm.ts";
import { power } from "./functions/power.ts";
import { sum } from "./functions/sum.ts";
import { trigonometric } from "./functions/trigonometric.ts";

const declarations = [
  bits,
  floats,
  arithmetic,
  division,
  exponential,
  logarithm,
  power,
  trigonometric,
  inverse,
  error,
  gamma,
  activation,
  sum,
].flat();

const library: ReadonlyMap<string, string> = new Map(
  declarations.map((source) => [declared(source), source]),
);

function declared(source: string): string {
  return /^(?:fn|struct) (\w+)/.exec(source)![1];
}

/** The names of all that the library declares. */
export function libraryNames(): readonly string[] {
  return [...library.keys()];
}

/** Whether the library has a function of this name. */
export function isInLibrary(name: string): boolean {
  return library.has(name);
}

// What no compiler evaluates in advance, so that it also gives NaN and infinities.
const PRELUDE = "fn fromBits(bits: u32) -> f32 { return bitcast<f32>(bits); }";

/**
 * The source of library functions and of what they call, each once, callees first. It begins with `fromBits`,
 * which the texts of some numbers call: a shader has exactly one such source.
 */
export function librarySource(names: Iterable<string>): string {
  const included = new Map<string, string>();
  for (const name of names) include(name, included);
  return [PRELUDE, ...included.values(), ""].join("\n");
}

function include(name: string, included: Map<string, string>): void {
  if (included.has(name)) return;
  const source = library.get(name);
  if (source === undefined) {
    throw new Error(`Cannot write a shader that calls "${name}": the library has no such WGSL function`);
  }
  for (const used of usedBy(name, source)) include(used, included);
  included.set(name, source);
}

const uses = new Map<string, readonly string[]>();

function usedBy(name: string, source: string): readonly string[] {
  let found = uses.get(name);
  if (!found) {
    found = [...new Set(source.match(/\w+/g))].filter((word) => word !== name && isInLibrary(word));
    uses.set(name, found);
  }
  return found;
}
