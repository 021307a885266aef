/** A program while it is being changed: its steps, and who reads and writes what. */
import { bytesPerElement, type DType } from "../../base/dtype.ts";
import { quoted } from "../../base/text.ts";
import { labelOf } from "../../call/op.ts";
import { castNumber } from "../../expr/evaluate.ts";
import type { ProgramParts, ProgramStep, ProgramView } from "../program/parts.ts";

/** The steps of a program, which passes replace. */
export class Draft {
  readonly #parts: ProgramParts;
  readonly #followed: ReadonlySet<number>;
  #steps: ProgramStep[];
  readonly #found = new Set<number>();
  readonly #readers = new Map<number, Set<ProgramStep>>();
  readonly #writers = new Map<number, Set<ProgramStep>>();
  readonly #done = new Set<string>();
  #refused = new Set<string>();

  /** A draft of a program, some of whose numbers follow arguments, by the indices of the values. */
  constructor(parts: ProgramParts, followed: ReadonlySet<number>) {
    this.#parts = parts;
    this.#followed = followed;
    this.#steps = [...parts.steps];
    for (const { value } of parts.outputs) this.#found.add(value);
    for (const { gradient } of parts.effects) if (gradient) this.#found.add(gradient.value);
    for (const step of parts.steps) this.#enter(step);
  }

  /** The steps now. */
  get steps(): readonly ProgramStep[] {
    return this.#steps;
  }

  /** The program now. */
  get parts(): ProgramParts {
    return { ...this.#parts, steps: this.#steps };
  }

  /** What the elements of a view are. */
  dtypeOf({ value }: ProgramView): DType {
    return this.#parts.values[value].dtype;
  }

  /** Whether a value is a number. */
  isNumber(value: number): boolean {
    return this.#parts.values[value].kind === "literal";
  }

  /** The number that a value is in every run; `null` of what is none. */
  fixedNumber(value: number): number | null {
    const { kind, cell, number, dtype } = this.#parts.values[value];
    const isFixed = kind === "literal" && cell === undefined && !this.#followed.has(value);
    return isFixed ? castNumber(number!, dtype) : null;
  }

  /** What a number is, in every run the same as that of others alike; `null` of what is none or follows an argument. */
  numberKey(value: number): string | null {
    const { kind, cell, number, dtype } = this.#parts.values[value];
    if (kind !== "literal" || this.#followed.has(value)) return null;
    return `${dtype} ${cell === undefined ? "" : quoted(cell)}${Object.is(number, -0) ? "-0" : number}`;
  }

  /** Whether a value is there within the program alone. */
  isInner(value: number): boolean {
    return this.#parts.values[value].kind === "made" && !this.#found.has(value);
  }

  /** How many bytes a value has. */
  bytesOf(value: number): number {
    const { dtype, length } = this.#parts.values[value];
    return length * bytesPerElement(dtype);
  }

  /** The steps that read a value. */
  readersOf(value: number): ReadonlySet<ProgramStep> {
    return this.#readers.get(value) ?? none;
  }

  /** The steps that write a value. */
  writersOf(value: number): ReadonlySet<ProgramStep> {
    return this.#writers.get(value) ?? none;
  }

  /** The one step that makes a value, if it is written once. */
  makerOf(value: number): ProgramStep | null {
    const writers = this.writersOf(value);
    if (this.#parts.values[value].kind !== "made" || writers.size !== 1) return null;
    const [maker] = writers;
    return this.readersOf(value).has(maker) ? null : maker;
  }

  /** Puts other steps into the place of some, which follow each other. */
  splice(from: number, count: number, ...steps: readonly ProgramStep[]): void {
    const gone = this.#steps.splice(from, count, ...steps);
    for (const step of gone) if (!steps.includes(step)) this.#leave(step);
    for (const step of steps) if (!gone.includes(step)) this.#enter(step);
  }

  /** Puts a step into the place of another. */
  replace(step: ProgramStep, by: ProgramStep): void {
    this.splice(this.#steps.indexOf(step), 1, by);
  }

  /** Takes a step away. */
  drop(step: ProgramStep): void {
    this.splice(this.#steps.indexOf(step), 1);
  }

  /** What was done, and what was refused at last and why. */
  get notes(): readonly string[] {
    return [...this.#done, ...this.#refused];
  }

  /** Takes a note of two steps that became one, which may take a sum in another order. */
  done(maker: ProgramStep, reader: ProgramStep, reorders = false): void {
    const how = reorders ? ", whose elements may be combined in another order" : "";
    this.#done.add(`${called(maker)} is computed where ${called(reader)} is${how}`);
  }

  /** Takes a note of two steps that did not, and why. */
  refused(maker: ProgramStep, reader: ProgramStep, reason: string): void {
    this.#refused.add(`${called(maker)} is not computed where ${called(reader)} is: ${reason}`);
  }

  /** Takes a note of what was done. */
  note(text: string): void {
    this.#done.add(text);
  }

  /** Forgets what was refused, before it is tried again. */
  reconsider(): void {
    this.#refused = new Set();
  }

  #enter(step: ProgramStep): void {
    for (const { value } of step.inputs) setOf(this.#readers, value).add(step);
    for (const { value } of step.outputs) setOf(this.#writers, value).add(step);
  }

  #leave(step: ProgramStep): void {
    for (const { value } of step.inputs) this.#readers.get(value)!.delete(step);
    for (const { value } of step.outputs) this.#writers.get(value)!.delete(step);
  }
}

function called({ op, attributes }: ProgramStep): string {
  return labelOf(op, attributes);
}

const none: ReadonlySet<ProgramStep> = new Set();

function setOf(sets: Map<number, Set<ProgramStep>>, key: number): Set<ProgramStep> {
  let found = sets.get(key);
  if (!found) sets.set(key, found = new Set());
  return found;
}

/** What has to stay before what: the values that steps read and write. */
export class Conflicts {
  readonly #reads = new Set<number>();
  readonly #writes = new Set<number>();

  /** Adds a step to those that others are compared with. */
  add({ inputs, outputs }: ProgramStep): void {
    for (const { value } of inputs) this.#reads.add(value);
    for (const { value } of outputs) this.#writes.add(value);
  }

  /** Whether a later step may not run before those that were added. */
  hold({ inputs, outputs }: ProgramStep): boolean {
    return inputs.some(({ value }) => this.#writes.has(value)) ||
      outputs.some(({ value }) => this.#writes.has(value) || this.#reads.has(value));
  }
}

/**
 * The steps between two, parted: those that stay before both, run as one in the place of the later, and those that then
 * come behind it. `null` where one has to run between them.
 */
export function parted(
  steps: readonly ProgramStep[],
  first: number,
  last: number,
): { readonly before: readonly ProgramStep[]; readonly behind: readonly ProgramStep[] } | null {
  const after = new Conflicts(),
    between = new Conflicts(),
    before: ProgramStep[] = [],
    behind: ProgramStep[] = [];
  after.add(steps[first]);
  for (let k = first + 1; k < last; k++) {
    const step = steps[k];
    if (!after.hold(step)) {
      before.push(step);
      continue;
    }
    after.add(step);
    between.add(step);
    behind.push(step);
  }
  return between.hold(steps[last]) ? null : { before, behind };
}
