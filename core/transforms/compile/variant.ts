/** A program that calls have run. */
import { noteElements } from "../../define/update.ts";
import type { Storage } from "../../device/storage.ts";
import { scope } from "../../tape/scope.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Optimized, optimized } from "../passes/mod.ts";
import { CallJournal } from "../program/call_journal.ts";
import { type ProgramEffect, type ProgramParts, valuesOf } from "../program/parts.ts";
import { untilCalm } from "../program/calm.ts";
import { Program } from "../program/program.ts";
import { literalsOf, type Slots } from "../program/numbers.ts";
import { backendOf, Replay, type Watch } from "../program/replay.ts";
import { Runner } from "../program/runner.ts";
import { arranged } from "../program/structure.ts";
import type { Arguments } from "./arguments.ts";
import { decisionsDiffer, type Noted } from "./decisions.ts";
import { byValue, type Call, differenceOf, type Follows, stands } from "./difference.ts";
import { overlapOf } from "./overlap.ts";
import type { Explanation } from "./explain.ts";
import { toldOf } from "./standing.ts";
import type { Touched } from "./verify.ts";

/** So many kinds of numbers are remembered: then what was learned of others is learned again. */
const MOST_MET = 4096;

/**
 * A program that two calls in a row have run, on numbers of which some may change. What follows a number is known once
 * a call has run it with a cell in place of the number, with which JavaScript did not compute; what else JavaScript
 * could tell, as which number it is by `===`, is known of numbers on which the function was called.
 */
export class Variant {
  /** When it was last found to fit, in uses of all like it. */
  usedAt = 0;
  #call: Noted;
  #runner: Runner | null = null;
  #optimized: Optimized | null = null;
  #calls = 0;
  #early: readonly number[] | null = null;
  #isDrawing: boolean | null = null;
  #slots: Slots = new Map();
  /** Arguments that may be other numbers. */
  readonly #followed = new Set<number>();
  /** Arguments that were other numbers in a call that ran the same. */
  readonly #changed = new Set<number>();
  /** What JavaScript could tell of the numbers of calls that ran the same. */
  readonly #met = new Set<string>();

  /** A program of the last of two calls that ran it. */
  constructor(call: Noted, before: Noted) {
    this.#call = call;
    this.#meet(call);
    this.#meet(before);
  }

  #meet({ numbers }: Call): void {
    if (this.#met.size >= MOST_MET) this.#met.clear();
    this.#met.add(toldOf(numbers));
    numbers.forEach((number, j) => Object.is(number, this.#call.numbers[j]) || this.#changed.add(j));
  }

  /** The program, as a person reads it. */
  get program(): Program {
    return new Program(this.#call.parts, this.#call.bindings);
  }

  /** Whether a call would run it: JavaScript decides as it did, and numbers are those that they were or followed. */
  fits(args: Arguments): boolean {
    return this.#decides() && this.#knows(args, (j) => this.#followed.has(j));
  }

  /** Whether a call of the function would show that what changed is followed, unless JavaScript computes with it. */
  mayProve(args: Arguments, used: ReadonlyMap<number, unknown>): boolean {
    const asked = this.asked(args, used);
    return asked.some((j) => !this.#followed.has(j)) && this.#decides() &&
      this.#knows(args, (j) => asked.includes(j));
  }

  /** The numbers of which it may be shown, by their index. */
  asked({ numbers }: Arguments, used: ReadonlyMap<number, unknown>): number[] {
    return [...this.#changed].filter((j) => !used.has(j) && !Number.isNaN(numbers[j]));
  }

  #decides(): boolean {
    const { decisions } = this.#call;
    for (let k = 0; k < decisions.length; k++) {
      if (!Object.is(decisions[k].read(), decisions[k].seen)) return false;
    }
    return true;
  }

  #knows({ numbers }: Arguments, mayChange: (argument: number) => boolean): boolean {
    const { numbers: before } = this.#call;
    let isSame = true;
    for (let j = 0; j < numbers.length; j++) {
      if (Object.is(numbers[j], before[j])) continue;
      if (!mayChange(j)) return false;
      isSame = false;
    }
    return isSame || this.#met.has(toldOf(numbers));
  }

  /** Takes a call for one of this program, perhaps on other numbers; `false` if it is of another. */
  adopt(call: Noted, used: ReadonlyMap<number, unknown>): boolean {
    const { numbers } = this.#call;
    if ([...used.keys()].some((j) => !Object.is(numbers[j], call.numbers[j]))) return false;
    if (this.#differenceOf(call, this.#followedIn(call, used)) !== null) return false;
    this.#meet(call);
    this.#calls++;
    return true;
  }

  #differenceOf(call: Noted, follows: Follows): string | null {
    return decisionsDiffer(this.#call, call) ?? differenceOf(this.#call, call, follows);
  }

  // What follows an argument is what that is now, and what follows none as it was.
  #followedIn(call: Noted, used: ReadonlyMap<number, unknown>): Follows {
    const other = byValue(this.#call, call, (j) => !used.has(j) && !this.#followed.has(j));
    return (a, b, i) => {
      const slot = this.#slots.get(i);
      return slot === undefined ? other(a, b, i) : stands(b, call.numbers[slot]);
    };
  }

  /** Takes a call with cells in place of some numbers, which literals are, for proof; `false` if it is none. */
  prove(call: Noted, asked: readonly number[], slots: Slots): boolean {
    const other = byValue(this.#call, call, () => false);
    const follows: Follows = (a, b, i) => {
      const slot = slots.get(i);
      return slot === undefined ? other(a, b, i) : stands(b, call.numbers[slot]);
    };
    if (this.#differenceOf(call, follows) !== null) return false;
    this.#call = call;
    this.dispose();
    this.#slots = slots;
    for (const j of asked) this.#followed.add(j);
    return true;
  }

  /** Gives back what its runs hold between them. */
  dispose(): void {
    this.#runner?.planned?.dispose();
    this.#runner = this.#optimized = this.#early = null;
  }

  /** Whether a call ran the same but for literals that are numbers among the arguments. */
  resembles(call: Noted): boolean {
    return this.#differenceOf(call, byValue(this.#call, call, () => true)) === null;
  }

  /** What a run on the arguments of a call leaves behind. */
  touched({ given }: Arguments): Touched {
    const { effects } = this.#call.parts;
    const tensors = (isOf: (effect: ProgramEffect) => boolean): Tensor[] =>
      effects.filter(isOf).map(({ value }) => this.#tensorOf(value, given));
    return {
      written: tensors(({ gradient }) => gradient === undefined),
      graded: tensors(({ gradient }) => gradient !== undefined),
    };
  }

  #tensorOf(i: number, given: Arguments["given"]): Tensor {
    const { parts: { values }, bindings } = this.#call, { kind, of, name } = values[i];
    if (kind === "gradient") return this.#tensorOf(of!, given).grad!;
    if (kind === "captured") return bindings.captured[name];
    return given[valuesOf(values, "input").findIndex(([index]) => index === i)] as Tensor;
  }

  /** What it runs, for a person to read. */
  get explanation(): Omit<Explanation, "paths"> {
    const { parts: recorded, bindings, numbers } = this.#call, { parts, notes } = this.#fused([]);
    return {
      recorded,
      parts,
      notes,
      bindings,
      backend: this.#runner?.planned?.backend ?? backendOf(bindings, []),
      slots: this.#slots,
      numbers: numbers.map((number, j) => this.#followed.has(j) ? null : number),
      calls: this.#calls,
      plan: this.#runner?.planned?.plan ?? null,
    };
  }

  #fused(given: Arguments["given"]): Optimized {
    if (this.#optimized !== null) return this.#optimized;
    const { parts, bindings } = this.#call, followed = new Set(this.#slots.keys());
    return this.#optimized = optimized(parts, backendOf(bindings, given), followed);
  }

  /**
   * Whether it runs the kernels that were recorded, on what they ran on: small tensors of some backends are elsewhere
   * where they are by themselves.
   */
  isExact({ given }: Arguments): boolean {
    const { parts: { steps }, bindings } = this.#call, { parts } = this.#fused(given);
    return typeof backendOf(bindings, given).managed === "boolean" && steps.length === parts.steps.length &&
      steps.every(({ attributes, inputs }, k) =>
        attributes === parts.steps[k].attributes && inputs === parts.steps[k].inputs
      );
  }

  /** Runs what was recorded on the arguments of a call, step by step. */
  replay({ given, numbers }: Arguments, watch?: Watch): unknown {
    const { parts, bindings } = this.#call;
    const literals = literalsOf(this.#slots, numbers);
    return arranged(parts.result, scope(() => new Replay(parts, bindings, given, literals).run(watch)));
  }

  /** Memory that it changes and that is an argument by another name. */
  overlapOf(given: Arguments["given"]): readonly Storage[] {
    return overlapOf(this.#call.parts, this.#call.bindings, given);
  }

  /**
   * Runs it on the arguments of a call; where that throws, all is as it was. Where arguments are memory that it changes
   * by another name, the function is called.
   */
  run({ given, numbers }: Arguments, call: () => unknown): unknown {
    const { bindings, settings } = this.#call, { parts } = this.#fused(given);
    const runner = this.#runner ??= new Runner(parts, bindings, { slots: this.#slots, plansAtOnce: true });
    const early = this.#early ??= writtenEarly(parts);
    const refuses = () => this.overlapOf(given).length > 0;
    const run = () => runner.runUnless(refuses, given, numbers);
    const tensors = this.#draws || early.length > 0
      ? rewound(run, early.map((i) => this.#tensorOf(i, given)))
      : run();
    if (tensors === null) return call();
    for (let k = 0; k < settings.length; k++) {
      const { owner, value } = settings[k];
      if (!Object.is(owner.follow(), value)) owner.value = value;
    }
    return arranged(parts.result, tensors);
  }

  // Sequences of keys are what else a run moves on.
  get #draws(): boolean {
    return this.#isDrawing ??= valuesOf(this.#call.parts.values, "key").length > 0;
  }
}

/** What outlives a run and is written before a kernel that may throw. */
function writtenEarly({ steps, effects }: ProgramParts): readonly number[] {
  const before = steps.slice(0, Math.max(0, untilCalm(steps) - 1));
  const written = new Set(before.flatMap(({ outputs }) => outputs.map(({ value }) => value)));
  return effects.filter(({ gradient, value }) => gradient === undefined && written.has(value)).map((
    { value },
  ) => value);
}

/** Runs; where that throws, sequences and some tensors are as they were. */
function rewound<T>(run: () => T, tensors: readonly Tensor[]): T {
  const journal = new CallJournal();
  try {
    return journal.watch(() => {
      tensors.forEach(noteElements);
      return run();
    });
  } catch (error) {
    journal.rewind();
    throw error;
  } finally {
    journal.end();
  }
}
