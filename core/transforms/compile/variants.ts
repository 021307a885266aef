/** The programs that calls of one function on like arguments have run. */
import { CompileError } from "../../base/errors.ts";
import type { Decision } from "../program/recorder.ts";
import type { Recorded } from "../program/record.ts";
import { Program } from "../program/program.ts";
import { Runner } from "../program/runner.ts";
import { type ProgramEffect, valuesOf } from "../program/parts.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Touched } from "./verify.ts";
import { arranged } from "../program/structure.ts";
import type { Arguments } from "./arguments.ts";
import { type Call, compared, type Difference, type Slots } from "./difference.ts";

/** So many calls in a row may each run something else. */
const MOST_DIFFERENCES = 4;

/** A recorded call, with the decisions of JavaScript that led to it. */
interface Noted extends Call {
  readonly decisions: readonly Decision[];
}

// Programs that are the same, decided by values that are not, are not known to be one.
function comparedAll(before: Noted, now: Noted): Slots | Difference {
  const [a, b] = [before, now].map(({ decisions }) => decisions.map(({ seen }) => seen));
  const found = compared(before, now);
  if (typeof found === "string" || (a.length === b.length && a.every((seen, i) => Object.is(seen, b[i])))) {
    return found;
  }
  return "what JavaScript decided by";
}

/** A program that two calls in a row have run. */
export class Variant {
  readonly #call: Noted;
  #runner: Runner | null = null;
  #slots: Slots;

  /** A program of the last of two calls that ran it, whose literals follow arguments. */
  constructor(call: Noted, slots: Slots) {
    this.#call = call;
    this.#slots = slots;
  }

  /** The program, as a person reads it. */
  get program(): Program {
    return new Program(this.#call.parts, this.#call.bindings);
  }

  /** Whether a call would run it: JavaScript decides as it did, and what no literal follows is the number that it was. */
  fits({ numbers }: Arguments): boolean {
    const { decisions, numbers: before } = this.#call;
    return decisions.every(({ read, seen }) => Object.is(read(), seen)) &&
      numbers.every((number, j) => Object.is(number, before[j]) || this.#follows(j));
  }

  #follows(argument: number): boolean {
    return [...this.#slots.values()].includes(argument);
  }

  /** Takes a call for one of this program, with other numbers; `false` if it is of another. */
  adopt(call: Noted): boolean {
    const slots = comparedAll(this.#call, call);
    if (typeof slots === "string") return false;
    const both = new Map([...this.#slots, ...slots]);
    // What followed an argument before has to follow it still.
    for (const [value, slot] of this.#slots) {
      const same = Object.is(this.#call.numbers[slot], call.numbers[slot]);
      if (!same && slots.get(value) !== slot) return false;
    }
    if ([...both].some(([value, slot]) => this.#slots.get(value) !== slot)) {
      this.#runner?.planned?.dispose();
      this.#runner = null;
    }
    this.#slots = both;
    return true;
  }

  /** What a run on the arguments of a call leaves behind. */
  touched({ given }: Arguments): Touched {
    const { parts, bindings } = this.#call, { values, effects } = parts, inputs = valuesOf(values, "input");
    const tensorOf = (i: number): Tensor => {
      const { kind, of, name } = values[i];
      if (kind === "gradient") return tensorOf(of!).grad!;
      if (kind === "captured") return bindings.captured[name];
      return given[inputs.findIndex(([index]) => index === i)] as Tensor;
    };
    const tensors = (isOf: (effect: ProgramEffect) => boolean): Tensor[] =>
      effects.filter(isOf).map(({ value }) => tensorOf(value));
    return {
      written: tensors(({ gradient }) => gradient === undefined),
      graded: tensors(({ gradient }) => gradient !== undefined),
    };
  }

  /** Runs it on the arguments of a call. */
  run({ given, numbers }: Arguments): unknown {
    const { parts, bindings } = this.#call;
    this.#runner ??= new Runner(parts, bindings, { slots: this.#slots, plansAtOnce: true });
    return arranged(parts.result, this.#runner.run(given, numbers));
  }
}

/** What calls on like arguments have run. */
export class Variants {
  /** Programs that are run again. */
  readonly ready: Variant[] = [];
  #last: Noted | null = null;
  #difference: Difference | null = null;
  #count = 0;

  /** A program that a call would run; `undefined` if it has to be recorded. */
  find(args: Arguments): Variant | undefined {
    return this.ready.find((variant) => variant.fits(args));
  }

  /** Refuses to record what differs each time. */
  check(asked: string): void {
    if (this.#count < MOST_DIFFERENCES) return;
    throw new CompileError(
      `Cannot compile ${asked}: each of ${MOST_DIFFERENCES} calls ran something else, at last ${this.#difference}`,
    );
  }

  /** Takes note of a call that was recorded. */
  add({ parts, bindings, decisions }: Recorded<unknown>, { numbers }: Arguments): void {
    const call: Noted = { parts, bindings, decisions, numbers }, before = this.#last;
    this.#last = call;
    if (this.ready.some((variant) => variant.adopt(call))) return this.#agree();
    const found = before && comparedAll(before, call);
    if (found !== null && typeof found !== "string") {
      this.ready.push(new Variant(call, found));
      return this.#agree();
    }
    this.#count++;
    this.#difference = found ?? this.#difference;
  }

  #agree(): void {
    this.#count = 0;
    this.#difference = null;
  }
}
