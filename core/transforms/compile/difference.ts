/** In what two recorded calls differ. */
import type { TypedArray } from "../../base/dtype.ts";
import { showShape } from "../../base/errors.ts";
import { sameShape } from "../../base/shape.ts";
import { quoted } from "../../base/text.ts";
import { attributesKey } from "../../call/attributes_key.ts";
import { labelOf } from "../../call/op.ts";
import { castNumber } from "../../expr/evaluate.ts";
import type { Bindings } from "../program/bindings.ts";
import type { Place, ProgramEffect, ProgramParts, ProgramStep, ProgramView } from "../program/parts.ts";
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

/** The numbers among the arguments that literals are, by the indices of the values. */
export type Slots = ReadonlyMap<number, number>;

/** What kept two calls from being one program, in words, with what mends it. */
export type Difference = string;

/** How two calls are one program: which literals follow arguments; or how they are not. */
export function compared(before: Call, now: Call): Slots | Difference {
  const slots = new Map<number, number>();
  const found = stepsDiffer(before, now, slots) ?? boundDiffers(before, now) ?? endDiffers(before, now);
  return found ?? slots;
}

function stepsDiffer(before: Call, now: Call, slots: Map<number, number>): Difference | null {
  const [a, b] = [before.parts.steps, now.parts.steps], seen = new Set<number>();
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const text = opsDiffer(a[i], b[i]) ?? viewsDiffer(before, now, i, slots, seen);
    if (text !== null) {
      return `step ${i + 1}, ${labelOf(b[i].op, b[i].attributes)}: ${text}`;
    }
  }
  if (a.length === b.length) return null;
  const step = Math.min(a.length, b.length), extra = (a.length < b.length ? b : a)[step];
  return `${a.length} steps became ${b.length}: ${labelOf(extra.op, extra.attributes)} is ` +
    (a.length < b.length ? "new" : "gone");
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

function viewsDiffer(
  before: Call,
  now: Call,
  step: number,
  slots: Map<number, number>,
  seen: Set<number>,
): string | null {
  const [a, b] = [before.parts.steps[step], now.parts.steps[step]];
  const [left, right] = [[...a.inputs, ...a.outputs], [...b.inputs, ...b.outputs]];
  if (left.length !== right.length) return `${left.length} operands became ${right.length}`;
  for (let k = 0; k < left.length; k++) {
    const text = viewDiffers(left[k], right[k]) ??
      (seen.has(right[k].value) ? null : valueDiffers(before, now, right[k].value, slots));
    if (text !== null) return text;
    seen.add(right[k].value);
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

function valueDiffers(before: Call, now: Call, i: number, slots: Map<number, number>): string | null {
  const [a, b] = [before.parts.values[i], now.parts.values[i]];
  if (a.kind !== b.kind || a.dtype !== b.dtype || a.length !== b.length || a.of !== b.of) {
    return `${quoted(a.name)} became ${quoted(b.name)}, of ${b.dtype} ${showShape(b.shape)}`;
  }
  if (a.kind === "literal") return literalDiffers(before, now, i, slots);
  if (a.kind !== "captured") return null;
  if (isSame(before.bindings.captured[a.name], now.bindings.captured[b.name])) return null;
  return `${
    quoted(b.name)
  } is another tensor than before: pass it as an argument, or assign() to the one there is`;
}

function literalDiffers(before: Call, now: Call, i: number, slots: Map<number, number>): string | null {
  const [a, b] = [before.parts.values[i], now.parts.values[i]];
  if (cellOf(a, before) !== cellOf(b, now)) return "a scalar is another than before";
  if (a.cell !== undefined || Object.is(a.number, b.number)) return null;
  const fits = (j: number): boolean => stands(a, before.numbers[j]) && stands(b, now.numbers[j]);
  const slot = now.numbers.findIndex((_, j) => fits(j));
  if (slot < 0) return `${a.number} became ${b.number}: use a Scalar, or pass it as an argument`;
  if (now.numbers.some((_, j) => j > slot && fits(j))) {
    return `${a.number} became ${b.number}, which several arguments are`;
  }
  slots.set(i, slot);
  return null;
}

function cellOf({ cell }: ProgramValue, { bindings }: Call): unknown {
  return cell === undefined ? undefined : bindings.cells[cell];
}

/** Whether a literal is what a number is in its dtype. */
function stands({ number, dtype }: ProgramValue, given: number): boolean {
  return Object.is(number, given) || Object.is(number, castNumber(given, dtype));
}

function isSame(a: Tensor | undefined, b: Tensor | undefined): boolean {
  return (a && storageOf(a)) === (b && storageOf(b));
}

// What is captured without a kernel that reads it, and sequences of keys.
function boundDiffers({ bindings: a }: Call, { bindings: b }: Call): Difference | null {
  const names = Object.keys(b.captured);
  const other = names.length === Object.keys(a.captured).length
    ? names.find((name) => !isSame(a.captured[name], b.captured[name]))
    : "what is captured";
  if (other !== undefined) return `${quoted(other)} is another tensor than before`;
  const keys = Object.keys(b.keys);
  if (keys.every((name) => a.keys[name] === b.keys[name]) && keys.length === Object.keys(a.keys).length) {
    return null;
  }
  return "keys are drawn from another sequence than before";
}

function endDiffers({ parts: a }: Call, { parts: b }: Call): Difference | null {
  if (attributesKey(a.result) !== attributesKey(b.result) || !listsAgree(a.outputs, b.outputs)) {
    return "what is returned is arranged otherwise than before";
  }
  const alike = a.effects.length === b.effects.length &&
    a.effects.every((one, i) => effectsAgree(one, b.effects[i]));
  return alike ? null : "other tensors or gradients are changed than before";
}

function listsAgree(a: readonly ProgramView[], b: readonly ProgramView[]): boolean {
  return a.length === b.length && a.every((view, i) => viewDiffers(view, b[i]) === null);
}

function effectsAgree(a: ProgramEffect, b: ProgramEffect): boolean {
  if (a.value !== b.value || !a.gradient || !b.gradient) {
    return a.value === b.value && a.gradient === b.gradient;
  }
  return viewDiffers(a.gradient, b.gradient) === null;
}
