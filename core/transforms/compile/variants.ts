/** The programs that calls of one function on like arguments have run. */
import { CompileError } from "../../base/errors.ts";
import type { Storage } from "../../device/storage.ts";
import { storageOf } from "../../tensor/internals.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Recorded } from "../program/record.ts";
import { type Arguments, withNumbers } from "./arguments.ts";
import { byValue, type Call, type Difference, differenceOf } from "./difference.ts";
import { decisionsDiffer, type Noted, Variant } from "./variant.ts";

/** So many calls in a row may each run something else. */
const MOST_DIFFERENCES = 4;

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
  #last: Noted | null = null;
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
    for (let k = 0; k < this.ready.length; k++) if (this.ready[k].fits(args)) return this.ready[k];
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
    const found = before && this.#differenceOf(before, call);
    if (before !== null && found === null) {
      this.ready.push(new Variant(call, before));
      return this.#agree();
    }
    this.#count++;
    this.#difference = found ?? this.#difference;
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
