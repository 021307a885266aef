/** Which errors are ours. */
import { Trap } from "./values.ts";

// What V8 says when code goes on with what it should have refused. Ours begin with "Cannot" too.
const RAW = new RegExp([
  "^Cannot (read|set) propert",
  "^Cannot (read|write) private",
  "^Cannot convert (undefined|object|a |null|Symbol|-?\\d)",
  "^Cannot (mix BigInt|destructure|assign to|define property|redefine|delete property|perform|add property)",
  "^Cannot (access|create proxy|use 'in')",
  "is not (a function|iterable|a constructor|defined|callable|an object|a number|extensible)",
  "Invalid (array|typed array|array buffer) length",
  "Maximum call stack",
  "allocation failed",
  "called on (incompatible|null|non)",
  // A tensor of undefined is refused by that name, since it is what was passed.
  "\\[object |undefined to|NaN to NaN|rank undefined|(?<!make a tensor )of undefined\\b",
].join("|"));

const OURS = /^(Cannot|Found) /;

/** What is wrong with an error, if it is one that a caller should not see; nothing where it is ours or the caller's. */
export function faultOf(error: unknown): string | undefined {
  if (error instanceof Trap) return undefined;
  if (error instanceof TypeError && error.message.startsWith("Class constructor")) return undefined;
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const { cause, message } = error;
  if (cause instanceof Trap) return undefined;
  return !OURS.test(message) || RAW.test(message) ? `${error.name}: ${message}` : undefined;
}
