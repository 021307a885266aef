/** What functions take and return: tensors and keys in arrays and plain objects, among other values. */
import { showShape, TapeError } from "../../base/errors.ts";
import { context } from "../../device/context.ts";
import { isCount } from "../../base/shape.ts";
import { described, quoted } from "../../base/text.ts";
import type { KeyWords } from "../../ops/keys.ts";
import { Scalar } from "../../tensor/scalar.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { CallJournal } from "./call_journal.ts";
import { isPlain } from "../../tensor/tree.ts";
import type { Structure } from "./parts.ts";

/** Refuses to record or run a program where ops are seen that its kernels would start beneath. */
export function checkSurroundings(asked: string, mend: string): void {
  if (context.layers === null && (context.watch === null || CallJournal.isAlone)) return;
  throw new TapeError(
    `Cannot ${asked} a program inside jvp, vmap, checkpoint or another layer: its kernels start beneath, ${mend}`,
  );
}

/** What an argument brings into a program. */
export type Argument = Tensor | KeyWords;

/** Whether a value is a key whose words the host knows. */
export function isKeyWords(value: unknown): value is KeyWords {
  return isPlain(value) && Object.keys(value).sort().join() === "high,low" &&
    [value.high, value.low].every((word) => isCount(word) && word < 2 ** 32);
}

/** Calls `see` with each tensor and key in a value, and with the path that leads to it. */
export function eachArgument(value: unknown, see: (found: Argument, path: string) => void, path = ""): void {
  if (value instanceof Tensor || isKeyWords(value)) return see(value, path);
  if (!Array.isArray(value) && !isPlain(value)) return;
  for (const [key, part] of Object.entries(value)) {
    eachArgument(part, see, path === "" ? key : `${path}.${key}`);
  }
}

/** The value with each tensor and key in it replaced. */
export function replaceArguments(value: unknown, replace: (found: Argument) => unknown): unknown {
  if (value instanceof Tensor || isKeyWords(value)) return replace(value);
  if (Array.isArray(value)) return value.map((part) => replaceArguments(part, replace));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, replaceArguments(part, replace)]),
  );
}

/** What a value looks like to a program: two that read alike are taken alike. */
export function signatureOf(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype} ${showShape(value.shape)}`;
  if (isKeyWords(value)) return "u32 [2]";
  if (value instanceof Scalar) return `scalar ${quoted(value.name)}`;
  if (Array.isArray(value)) return `[${value.map(signatureOf).join(", ")}]`;
  if (isPlain(value)) {
    return `{ ${Object.entries(value).map(([key, part]) => `${key}: ${signatureOf(part)}`).join(", ")} }`;
  }
  return Object.is(value, -0) ? "-0" : described(value);
}

/** How a result is arranged; `place` is told of each tensor and gives its position. */
export function structureOf(value: unknown, place: (tensor: Tensor) => number): Structure {
  if (value instanceof Tensor) return { tensor: place(value) };
  if (Array.isArray(value)) return { list: value.map((part) => structureOf(part, place)) };
  if (!isPlain(value)) return { plain: value };
  const members = Object.entries(value).map(([key, part]) => [key, structureOf(part, place)] as const);
  return { members: Object.fromEntries(members) };
}

/** A result of new tensors in an arrangement. */
export function arranged(structure: Structure, tensors: readonly Tensor[]): unknown {
  if ("tensor" in structure) return tensors[structure.tensor];
  if ("list" in structure) return structure.list.map((part) => arranged(part, tensors));
  if (!("members" in structure)) return structure.plain;
  const members = Object.entries(structure.members);
  return Object.fromEntries(members.map(([key, part]) => [key, arranged(part, tensors)]));
}
