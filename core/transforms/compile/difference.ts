/** In what two recorded calls differ. */
import type { TypedArray } from "../../base/dtype.ts";
import { showShape } from "../../base/errors.ts";
import { sameShape } from "../../base/shape.ts";
import { quoted } from "../../base/text.ts";
import { attributesKey } from "../../call/attributes_key.ts";
import { labelOf } from "../../call/op.ts";
import { castNumber } from "../../expr/evaluate.ts";
import type { Bindings } from "../program/bindings.ts";
import type { Place, ProgramParts, ProgramStep, ProgramView, Structure } from "../program/parts.ts";
import { type ProgramValue, uploading } from "../program/parts.ts";
import { storageOf } from "../../tensor/internals.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A recorded call, with the numbers that it was given. */
export interface Call {
  /** What it ran. */
  readonly parts: ProgramParts;
  /** On what. */
  readonly bindings: Bindings;
  /** Its arguments that are numbers. */
  readonly numbers: readonly number[];
}

/** What kept two calls from being one program, in words, with what mends it. */
export type Difference = string;

/** Whether a literal, by its index, may be the number that it was and the one that it is now in one program. */
export type Follows = (before: ProgramValue, now: ProgramValue, i: number) => boolean;

/** What keeps two calls from being one program but for literals that may change; `null` if nothing does. */
export function differenceOf(before: Call, now: Call, follows: Follows): Difference | null {
  const seen = new Set<number>(),
    isOther = (a: ProgramView, b: ProgramView): string | null => {
      const text = viewDiffers(a, b) ??
        (seen.has(b.value) ? null : valueDiffers(before, now, b.value, follows));
      seen.add(b.value);
      return text;
    };
  return stepsDiffer(before.parts, now.parts, isOther) ?? boundDiffers(before, now) ??
    endDiffers(before.parts, now.parts, isOther);
}

/** What keeps two views from being one, in words; `null` if nothing does. */
type ViewsDiffer = (before: ProgramView, now: ProgramView) => string | null;

/** Literals that are the same numbers, or numbers among the arguments in both calls, those that `may` be. */
export function byValue(before: Call, now: Call, may: (argument: number) => boolean): Follows {
  return (a, b) =>
    Object.is(a.number, b.number) ||
    now.numbers.some((number, j) => may(j) && stands(a, before.numbers[j]) && stands(b, number));
}

function stepsDiffer(
  { steps: a }: ProgramParts,
  { steps: b }: ProgramParts,
  isOther: ViewsDiffer,
): Difference | null {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const text = opsDiffer(a[i], b[i]) ?? operandsDiffer(a[i], b[i], isOther);
    if (text !== null) return `step ${i + 1}, ${labelOf(b[i].op, b[i].attributes)}: ${text}${lineOf(b[i])}`;
  }
  if (a.length === b.length) return null;
  const step = Math.min(a.length, b.length), extra = (a.length < b.length ? b : a)[step];
  return `${a.length} steps became ${b.length}: ${labelOf(extra.op, extra.attributes)} is ` +
    `${a.length < b.length ? "new" : "gone"}${lineOf(extra)}`;
}

function lineOf({ line }: ProgramStep): string {
  return line === undefined ? "" : `\n    ${line}`;
}

function opsDiffer(a: ProgramStep, b: ProgramStep): string | null {
  if (a.op !== b.op) return `${labelOf(a.op, a.attributes)} was run before`;
  if (a.op === uploading) {
    return uploadsAgree(a, b) ? null : "other elements than before are made a tensor of";
  }
  if (attributesKey(a.attributes) === attributesKey(b.attributes)) return null;
  return "its settings are others than before";
}

function uploadsAgree(...steps: readonly [ProgramStep, ProgramStep]): boolean {
  const [a, b] = steps.map(({ attributes }) => (attributes as { readonly data: TypedArray }).data);
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

function operandsDiffer(a: ProgramStep, b: ProgramStep, isOther: ViewsDiffer): string | null {
  const [left, right] = [[...a.inputs, ...a.outputs], [...b.inputs, ...b.outputs]];
  if (left.length !== right.length) return `${left.length} operands became ${right.length}`;
  for (let k = 0; k < left.length; k++) {
    const text = isOther(left[k], right[k]);
    if (text !== null) return text;
  }
  return null;
}

function viewDiffers(a: ProgramView, b: ProgramView): string | null {
  if (!placesAgree(a, b)) {
    return `an operand of ${showShape(a.shape)} became one of ${showShape(b.shape)}, or lies elsewhere`;
  }
  return a.value === b.value ? null : "an operand is another tensor than before";
}

function placesAgree(a: Place, b: Place): boolean {
  return sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides) && a.offset === b.offset;
}

function valueDiffers(before: Call, now: Call, i: number, follows: Follows): string | null {
  const [a, b] = [before.parts.values[i], now.parts.values[i]];
  if (a.kind !== b.kind || a.dtype !== b.dtype || a.length !== b.length || a.of !== b.of) {
    return `${quoted(a.name)} became ${quoted(b.name)}, of ${b.dtype} ${showShape(b.shape)}`;
  }
  if (a.kind === "literal") return literalDiffers(before, now, i, follows);
  if (a.kind !== "captured") return null;
  if (isSame(before.bindings.captured[a.name], now.bindings.captured[b.name])) return null;
  return `${
    quoted(b.name)
  } is another tensor than before: pass it as an argument, or assign() to the one there is`;
}

function literalDiffers(before: Call, now: Call, i: number, follows: Follows): string | null {
  const [a, b] = [before.parts.values[i], now.parts.values[i]];
  if (cellOf(a, before) !== cellOf(b, now)) return "a scalar is another than before";
  if (a.cell !== undefined || follows(a, b, i)) return null;
  const mend = now.numbers.length > 0
    ? "which none of the arguments is: compute with it by ops, or use a Scalar"
    : "use a Scalar, or pass it as an argument";
  return `${a.number} became ${b.number}${now.numbers.length > 0 ? ", " : ": "}${mend}`;
}

function cellOf({ cell }: ProgramValue, { bindings }: Call): unknown {
  return cell === undefined ? undefined : bindings.cells[cell];
}

/** Whether a literal is what a number is in its dtype. */
export function stands({ number, dtype }: ProgramValue, given: number): boolean {
  return Object.is(number, given) || Object.is(number, castNumber(given, dtype));
}

function isSame(a: Tensor | undefined, b: Tensor | undefined): boolean {
  return (a && storageOf(a)) === (b && storageOf(b));
}

// What is captured without a kernel that reads it, whose names may be new, and sequences of keys.
function boundDiffers({ bindings: a }: Call, { bindings: b }: Call): Difference | null {
  const names = Object.keys(b.captured), before = Object.values(a.captured);
  const other = names.length === before.length
    ? names.find((name, i) => !isSame(before[i], b.captured[name]))
    : "what is captured";
  if (other !== undefined) return `${quoted(other)} is another tensor than before`;
  const keys = Object.keys(b.keys);
  if (keys.every((name) => a.keys[name] === b.keys[name]) && keys.length === Object.keys(a.keys).length) {
    return null;
  }
  return "keys are drawn from another sequence than before";
}

// An object of a class is what it was, with whatever is in it.
function mendOf(result: Structure): string {
  if ("tensor" in result) return "";
  if ("list" in result) return result.list.map(mendOf).find(Boolean) ?? "";
  if ("members" in result) return Object.values(result.members).map(mendOf).find(Boolean) ?? "";
  const { plain } = result;
  return typeof plain === "object" && plain !== null
    ? ": an object of a class is another each time, return tensors in arrays and plain objects"
    : "";
}

function endDiffers(a: ProgramParts, b: ProgramParts, isOther: ViewsDiffer): Difference | null {
  if (attributesKey(a.result) !== attributesKey(b.result) || a.outputs.length !== b.outputs.length) {
    return `what is returned is arranged otherwise than before${mendOf(b.result)}`;
  }
  const alike = a.effects.length === b.effects.length &&
    a.effects.every((one, i) => one.value === b.effects[i].value);
  if (!alike) return "other tensors or gradients are changed than before";
  const outputs = a.outputs.map((view, i) => [view, b.outputs[i]] as const);
  const gradients = a.effects.map(({ gradient }, i) => [gradient, b.effects[i].gradient] as const);
  for (const [before, now] of [...outputs, ...gradients]) {
    if (before && now) {
      const text = isOther(before, now);
      if (text !== null) return `what is returned or left behind: ${text}`;
    } else if (before !== now) return "other gradients are left behind than before";
  }
  return null;
}
