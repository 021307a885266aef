/** The programs that calls of one function on like arguments have run. */
import { CompileError } from "../../base/errors.ts";
import type { Storage } from "../../device/storage.ts";
import { storageOf } from "../../tensor/internals.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Recorded } from "../program/record.ts";
import { type Arguments, withNumbers } from "./arguments.ts";
import { byValue, type Call, type Difference, differenceOf } from "./difference.ts";
import { decisionsDiffer, isTold, type Noted } from "./decisions.ts";
import { Variant } from "./variant.ts";

/** So many calls in a row may each run something else. */
const MOST_DIFFERENCES = 4;

/** So many programs of one kind of arguments are kept: what is looked at may never again be as it was. */
const MOST_READY = 16;

/** What a function does with a number among its arguments that it could not do with a cell. */
export interface Use {
  /** What the number is called. */
  readonly name: string;
  /** The line that computes with it; `null` where it is told from a cell without that. */
  readonly line: string | null;
}

/** What calls on like arguments have run. */
export class Variants {
  /** Programs that are run again. */
  readonly ready: Variant[] = [];
  /** Numbers among the arguments that are no cells to the function, by their index. */
  readonly used = new Map<number, Use>();
  // The last calls that ran no program, and the last of all.
  #recent: Noted[] = [];
  #last: Noted | null = null;
  #uses = 0;
  #difference: Difference | null = null;
  #count = 0;

  /** Memory that was changed and was an argument's by another name: then the function itself is called. */
  readonly #overlap = new WeakSet<Storage>();
  #overlaps = false;

  /** Whether arguments are memory that the function is known to change by another name. */
  overlaps({ given }: Arguments): boolean {
    if (!this.#overlaps) return false;
    const storages = given.flatMap((one) => one instanceof Tensor ? [storageOf(one)] : []);
    return new Set(storages).size < storages.length || storages.some((storage) => this.#overlap.has(storage));
  }

  /** Takes note of memory that the function changes by another name. */
  overlap(storages: readonly Storage[]): void {
    this.#overlaps = true;
    for (const storage of storages) this.#overlap.add(storage);
  }

  /** What numbers among the arguments are called. */
  paths: readonly string[] = [];

  /** Calls numbers by where they are among arguments. */
  name(args: readonly unknown[]): void {
    const paths: string[] = [];
    withNumbers(args, (_, path) => paths.push(path));
    this.paths = paths;
  }

  /** A program that a call would run; `undefined` if it has to be recorded. */
  find(args: Arguments): Variant | undefined {
    for (let k = 0; k < this.ready.length; k++) {
      const variant = this.ready[k];
      if (!variant.fits(args)) continue;
      variant.usedAt = ++this.#uses;
      return variant;
    }
  }

  /** A program of which a call may prove that it follows numbers among the arguments. */
  provable(args: Arguments): Variant | undefined {
    return this.ready.find((variant) => variant.mayProve(args, this.used));
  }

  /** Whether the next call differs from so many that it is worth to know where. */
  get tellsLines(): boolean {
    return this.#count >= MOST_DIFFERENCES - 2;
  }

  /** Refuses to record what differs each time. */
  check(asked: string): void {
    if (this.#count < MOST_DIFFERENCES) return;
    throw new CompileError(
      `Cannot compile ${asked}: each of ${MOST_DIFFERENCES} calls ran something else, at last ${this.#difference}`,
    );
  }

  /** Takes note that a number among the arguments is no cell to the function. */
  use(argument: number, how: Use): void {
    this.used.set(argument, how);
  }

  /** Takes note of a call that was recorded. */
  add({ parts, bindings, decisions, settings }: Recorded<unknown>, { numbers }: Arguments): void {
    const call: Noted = { parts, bindings, decisions, settings, numbers }, before = this.#last;
    this.#last = call;
    if (this.ready.some((variant) => variant.adopt(call, this.used))) return this.#agree();
    const same = this.#sameAs(call, before);
    if (same !== undefined) {
      this.#recent = this.#recent.filter((one) => one !== same);
      this.#keep(new Variant(call, same));
      return this.#agree();
    }
    this.#recent = [...this.#recent, call].slice(-MOST_DIFFERENCES);
    this.#count++;
    this.#difference = (before && this.#differenceOf(before, call)) ?? this.#difference;
  }

  // The latest call that ran the same, where a program of it would not have run in calls since then that ran something
  // else: as where gradients are added up in some calls and made in others.
  #sameAs(call: Noted, before: Noted | null): Noted | undefined {
    if (before !== null && this.#differenceOf(before, call) === null) return before;
    const k = this.#recent.findLastIndex((one) => this.#differenceOf(one, call) === null);
    const since = this.#recent.slice(k + 1);
    return k >= 0 && since.every((other) => isTold(call, other)) ? this.#recent[k] : undefined;
  }

  #keep(variant: Variant): void {
    variant.usedAt = ++this.#uses;
    this.ready.push(variant);
    if (this.ready.length <= MOST_READY) return;
    const oldest = this.ready.reduce((a, b) => b.usedAt < a.usedAt ? b : a);
    this.ready.splice(this.ready.indexOf(oldest), 1);
    oldest.dispose();
  }

  #differenceOf(before: Noted, now: Noted): Difference | null {
    for (const [argument, { name, line }] of this.used) {
      const [a, b] = [before, now].map(({ numbers }: Call) => numbers[argument]);
      if (Object.is(a, b)) continue;
      return `${name} became ${b}, and JavaScript ${
        line ? "computes with it" : "tells it from a Scalar"
      }: leave that ` +
        `to ops, and pass a Scalar to see where else${line ? `\n    ${line}` : ""}`;
    }
    const follows = byValue(before, now, (argument) => !this.used.has(argument));
    return differenceOf(before, now, follows) ?? decisionsDiffer(before, now);
  }

  #agree(): void {
    this.#count = 0;
    this.#difference = null;
  }
}
