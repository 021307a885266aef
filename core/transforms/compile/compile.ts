/** Functions whose calls are recorded, and then run as programs. */
import type { DType } from "../../base/dtype.ts";
import { CompileError } from "../../base/errors.ts";
import { checkFunction, checkInteger, checkOptions } from "../../base/settings.ts";
import { described, quoted } from "../../base/text.ts";
import { attributesKey, identityOf } from "../../call/attributes_key.ts";
import type { Backend } from "../../device/backend.ts";
import { context } from "../../device/context.ts";
import { currentBackend } from "../../device/choice.ts";
import type { Program } from "../program/program.ts";
import { type Recorded, tried } from "../program/record.ts";
import { type Arguments, TakenArguments } from "./arguments.ts";
import { drawn, explained } from "./explain.ts";
import { Likeness } from "./likeness.ts";
import { overlapOf } from "./overlap.ts";
import { Proof } from "./proof.ts";
import { Variants } from "./variants.ts";
import type { Variant } from "./variant.ts";
import { Verifier } from "./verify.ts";

/**
 * What {@link compile} may be told.
 *
 * @category Programs
 */
export interface CompileOptions {
  /** How many kinds of arguments there may be, each with a program of its own; 8 unless said. */
  readonly limit?: number;
  /**
   * Whether each run is compared with the function itself, which is called beside it and leaves nothing behind: what was
   * recorded to the bit, and fused kernels as far as rounding carries. Where results, changed tensors or gradients
   * differ, {@link Compiled.verified} throws.
   */
  readonly verify?: boolean;
}

/**
 * A function that {@link compile} gave.
 *
 * @category Programs
 */
export interface Compiled<A extends readonly unknown[], T> extends Disposable {
  /** Calls the function, or runs its program. */
  (...args: A): T;
  /** The programs that calls run now. */
  readonly programs: readonly Program[];
  /**
   * With `verify`, resolves when all runs so far gave what the function gave when it was called; a difference is a
   * {@link CompileError} that says where.
   */
  verified(): Promise<void>;
  /**
   * What each call runs, for a person to read: kernels, which of them were fused and which not and why, the bytes that
   * they read and write, memory between them, and the numbers that are followed.
   */
  explain(options?: { readonly format?: "text" }): string;
  /** The same drawn, as a specification of Vega-Lite. */
  explain(options: { readonly format: "vega" }): Record<string, unknown>;
  /** Gives back the memory of its programs, which the collector would do; later calls record new ones. */
  dispose(): void;
}

/**
 * A function that does what `fn` does, which is called no more once it is known what it runs: the first calls are
 * recorded, as {@link record} does, until two run the same, in a row or apart from others that can be told from them.
 * Later calls on like arguments run that as a program, whose kernels are fused and planned. All that `fn` does to tensors happens: gradients, steps of optimizers,
 * statistics, random draws; what throws leaves all that as it was.
 *
 * Arguments are alike that have the same shapes, dtypes, backends and structure and share memory alike. Cells
 * ({@link Scalar}) are followed. So are numbers which only ops take, as soon as a call has shown it; a number that
 * someone may have written down, of up to 8 digits or whole, has `fn` called once, as `===` could tell it. Numbers that
 * JavaScript computes with, and other values, `this` among them, are told apart by what they are. Also whether modules
 * are in training, settings and loaded states of optimizers, which leaves ask for gradients, whether there are some, and
 * what {@link guard} names lead to programs of their own. What is returned is off the tape.
 *
 * In `fn` nothing is read, awaited or made a text, a {@link TapeError}. Calls that differ each time, too many kinds of
 * arguments, and a result on the tape, whose gradient a program could not give, are a {@link CompileError} that says by
 * what and in which line. Variables of JavaScript are not seen: pass what is replaced as an argument. In `vmap`, `jvp`,
 * `checkpoint`, in another program, on tensors that ask for gradients, and on arguments that are memory which `fn`
 * changes by another name, `fn` itself is called.
 *
 * @category Programs
 * @example
 * ```ts
 * import { compile, type Tensor, tensor, variable } from "@tapegrad/core";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * let calls = 0;
 * const w = variable(0), optimizer = new GD([w], { learningRate: 0.25 });
 * const step = compile((x: Tensor, wanted: number) => {
 *   calls++;
 *   optimizer.zeroGrad();
 *   const loss = w.mul(x).sub(wanted).square();
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * for (let epoch = 0; epoch < 10; epoch++) step(tensor(1), 3);
 * assertEquals([await w.item(), calls], [3 - 3 / 2 ** 10, 2]);
 * ```
 */
export function compile<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  options: CompileOptions = {},
): Compiled<A, T> {
  checkFunction("compile", fn);
  checkOptions("compile", options, { limit: 8, verify: false });
  const { limit = 8, verify = false } = options;
  checkInteger("compile", "limit", limit, 1);
  const kinds = new Map<string, Variants>();
  const name = fn.name ? quoted(fn.name) : "a function", verifier = new Verifier(name);
  let latest: Latest | null = null;
  const compiled = function (this: unknown, ...args: A): T {
    const call = this === undefined ? fn : (...args: A): T => Reflect.apply(fn, this, args) as T;
    const alike = latest === null || latest.self !== this ? null : latest.likeness.take(args),
      given = alike ?? new TakenArguments(args);
    if (!isPlainCall(given)) return call(...args);
    if (alike === null || !isHere(latest!)) {
      const variants = variantsFor(kinds, `${given.key} ${surroundings(this)}`, limit, name);
      latest = { variants, likeness: new Likeness(args, given), self: this, ...here() };
    }
    const { variants } = latest!;
    if (variants.overlaps(given)) return call(...args);
    const variant = variants.find(given);
    if (variant === undefined) return record(name, call, args, variants, given);
    return verify
      ? verified(variant, call, args, given, verifier)
      : variant.run(given, () => call(...args)) as T;
  };
  const programs = () => [...kinds.values()].flatMap(({ ready }) => ready.map(({ program }) => program));
  Object.defineProperty(compiled, "name", { value: fn.name });
  Object.defineProperty(compiled, "programs", { get: programs });
  const explain = (options: ExplainOptions = {}) => explanation(name, [...kinds.values()], options);
  const dispose = () => {
    for (const { ready } of kinds.values()) for (const variant of ready) variant.dispose();
    kinds.clear();
    latest = null;
  };
  const more = { verified: () => verifier.done(), explain, dispose, [Symbol.dispose]: dispose };
  return Object.assign(compiled, more) as unknown as Compiled<A, T>;
}

/** The kind of the last call, which most calls are of: what its arguments were like, and where it was. */
interface Latest extends Here {
  readonly variants: Variants;
  readonly likeness: Likeness;
  /** What it was a method of. */
  readonly self: unknown;
}

/** What surrounds calls of one kind. */
interface Here {
  readonly recording: boolean;
  readonly dtype: DType;
  readonly backend: Backend;
}

function here(): Here {
  return { recording: context.recording, dtype: context.dtype, backend: currentBackend() };
}

function isHere({ recording, dtype, backend }: Here): boolean {
  return context.recording === recording && context.dtype === dtype && currentBackend() === backend;
}

interface ExplainOptions {
  readonly format?: "text" | "vega";
}

function explanation(
  name: string,
  kinds: readonly Variants[],
  options: ExplainOptions,
): string | Record<string, unknown> {
  checkOptions("explain", options, ["format"]);
  const { format = "text" } = options;
  if (format !== "text" && format !== "vega") {
    throw new TypeError(`Cannot explain ${name} as ${described(format)}: choose "text" or "vega"`);
  }
  const all = kinds.flatMap(({ ready, paths }) =>
    ready.map(({ explanation }) => ({ ...explanation, paths }))
  );
  return format === "text" ? explained(name, all) : drawn(name, all);
}

// Beside the function itself.
function verified<A extends readonly unknown[], T>(
  variant: Variant,
  fn: (...args: A) => T,
  args: A,
  given: Arguments,
  verifier: Verifier,
): T {
  return verifier.run({
    call: () => fn(...args),
    replay: (watch) => variant.replay(given, watch),
    run: () => variant.run(given, () => fn(...args)) as T,
    isExact: variant.isExact(given),
    touched: variant.touched(given),
  });
}

// Where ops are seen one by one, and where the result has to be on the tape.
function isPlainCall({ requireGrad }: Arguments): boolean {
  if (context.layers !== null || context.watch !== null || context.recorder !== null) return false;
  return !(context.recording && requireGrad);
}

function surroundings(self: unknown): string {
  const of = self === undefined
    ? ""
    : ` of ${typeof self === "object" && self !== null ? identityOf(self) : attributesKey(self)}`;
  return `${context.recording} ${context.dtype} ${attributesKey(currentBackend())}${of}`;
}

function variantsFor(kinds: Map<string, Variants>, key: string, limit: number, name: string): Variants {
  let variants = kinds.get(key);
  if (variants !== undefined) return variants;
  if (kinds.size >= limit) {
    throw new CompileError(
      `Cannot compile ${name} for more than ${limit} kinds of arguments: these are ${key}, where there were\n` +
        [...kinds.keys()].join("\n"),
    );
  }
  kinds.set(key, variants = new Variants());
  return variants;
}

function record<A extends readonly unknown[], T>(
  name: string,
  fn: (...args: A) => T,
  args: A,
  variants: Variants,
  given: Arguments,
): T {
  variants.check(name);
  variants.name(args);
  const proof = new Proof(variants, given), proven = proof.call(fn, args);
  if (proven !== null) return proven;
  const stands = ({ isTaped, parts, bindings }: Recorded<T>): boolean => {
    const overlap = overlapOf(parts, bindings, given.given);
    if (overlap.length > 0) variants.overlap(overlap);
    if (!isTaped || !context.recording) return overlap.length === 0;
    throw new CompileError(
      `Cannot compile ${name}, which returns a tensor on the tape: compute gradients inside, detach() what is returned, or call it in noGrad()`,
    );
  };
  const call = tried(fn, args, { stands, copies: true, tellsLines: variants.tellsLines, refusesTexts: true });
  if (call === null) return fn(...args);
  proof.settle();
  variants.add(call, given);
  return call.result;
}
