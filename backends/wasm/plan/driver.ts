/** The module of a plan: functions that make calls one after another, by addresses that stand in their code. */
import { type Body, call, type Callable, type Local } from "../assembler/body.ts";
import { i32, type Int, int, type Value } from "../assembler/values.ts";
import { KernelModule, type Run } from "../modules.ts";
import type { Argument } from "./addresses.ts";
import type { Call } from "./scribe.ts";

/** What code knows of a plan's memory. */
export interface Sites {
  /** Where an argument points to, or what it is. */
  readonly valueOf: (argument: Argument) => Int;
  /** Where it is put what a call failed for. */
  readonly failed: number;
}

/** So many calls are one function: engines compile functions one by one. */
const PART = 64;
/** Calls that differ by steps are a loop from so many on. */
const LOOP = 4;

/** Functions that make calls; what they give is 0, or which call failed, from 1 on. */
export function driving(
  memory: WebAssembly.Memory,
  segments: readonly (readonly Call[])[],
  sites: Sites,
): readonly Run[] {
  const kernel = new KernelModule(), functions = new Map<Run, Callable>();
  for (const { deed } of segments.flat()) {
    if (typeof deed === "function" && !functions.has(deed)) functions.set(deed, kernel.use(deed));
  }
  const driver = new Driver(kernel, functions, sites);
  segments.forEach((calls, i) => kernel.module.export(`segment ${i}`, driver.segment(calls)));
  const exports = kernel.instantiate(memory);
  return segments.map((_, i) => exports[`segment ${i}`]);
}

/** A call, so many times, with arguments further each time. */
interface Repeated {
  readonly call: Call;
  /** Its place among all. */
  readonly first: number;
  readonly count: number;
  readonly steps: readonly number[];
}

class Driver {
  readonly #kernel: KernelModule;
  readonly #functions: ReadonlyMap<Run, Callable>;
  readonly #sites: Sites;

  constructor(kernel: KernelModule, functions: ReadonlyMap<Run, Callable>, sites: Sites) {
    this.#kernel = kernel;
    this.#functions = functions;
    this.#sites = sites;
  }

  segment(calls: readonly Call[]): Callable {
    const { module } = this.#kernel, all = inLoops(calls), parts: Callable<readonly [], "i32">[] = [];
    for (let i = 0; i < all.length; i += PART) {
      parts.push(module.define([], "i32", (body) => {
        for (const one of all.slice(i, i + PART)) this.#write(body, one);
        return i32(0);
      }));
    }
    if (parts.length === 1) return parts[0];
    return module.define([], "i32", (body) => {
      const failed = body.local("i32");
      for (const part of parts) {
        body.set(failed, call(part));
        body.if(failed, () => body.return(failed));
      }
      return i32(0);
    });
  }

  #write(body: Body, { call: one, first, count, steps }: Repeated): void {
    const values = one.args.map((argument) => int(this.#sites.valueOf(argument)));
    if (count === 1) return this.#call(body, one, values, first);
    const left = body.keep(i32(count));
    const moving = values.map((value, k) => steps[k] === 0 ? value : body.keep(value));
    body.loop((start) => {
      this.#call(body, one, moving, first);
      moving.forEach((value, k) => steps[k] !== 0 && body.advance(value as Local<"i32">, steps[k]));
      body.advance(left, -1);
      body.branchIf(start, left);
    });
  }

  #call(body: Body, { deed, fail }: Call, values: readonly Value<"i32">[], at: number): void {
    const [to, second, third] = values;
    if (deed === "put") body.store("i32.store", to, second);
    else if (deed === "copy") body.copy(to, second, third);
    else if (deed === "clear") body.fill(to, 0, second);
    else {
      const callable = this.#functions.get(deed)!;
      if (!fail) return body.call(callable, ...values);
      const found = body.keep(call(callable as Callable<readonly "i32"[], "i32">, ...values));
      body.if(found, () => {
        body.store("i32.store", i32(this.#sites.failed), found);
        body.return(i32(at + 1));
      });
    }
  }
}

function inLoops(calls: readonly Call[]): readonly Repeated[] {
  const all: Repeated[] = [];
  for (let i = 0; i < calls.length;) {
    const { count, steps } = runFrom(calls, i);
    const isLoop = count >= LOOP;
    all.push({ call: calls[i], first: i, count: isLoop ? count : 1, steps });
    i += isLoop ? count : 1;
  }
  return all;
}

// How many calls from one on go on by the same steps.
function runFrom(calls: readonly Call[], first: number): Pick<Repeated, "count" | "steps"> {
  const steps = stepsBetween(calls[first], calls[first + 1]);
  if (steps === null) return { count: 1, steps: [] };
  let count = 2;
  while (isNext(calls[first + count - 1], calls[first + count], steps)) count++;
  return { count, steps };
}

function isNext(a: Call, b: Call | undefined, steps: readonly number[]): boolean {
  return stepsBetween(a, b)?.every((step, k) => step === steps[k]) ?? false;
}

function stepsBetween(a: Call, b: Call | undefined): readonly number[] | null {
  if (b === undefined || a.deed !== b.deed || a.fail || b.fail) return null;
  const steps = a.args.map((x, k) => stepBetween(x, b.args[k]));
  return steps.includes(NaN) ? null : steps;
}

function stepBetween(a: Argument, b: Argument): number {
  if (typeof a === "number" || typeof b === "number") {
    return typeof a === typeof b ? Number(b) - Number(a) : NaN;
  }
  return a.memory === b.memory ? b.offset - a.offset : NaN;
}
