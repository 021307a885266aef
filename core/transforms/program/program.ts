/** Programs: what a function did on a device, to be done again. */
import { showInNotebook, vegaLiteBundle } from "../../base/html.ts";
import type { Changing } from "../../device/journal.ts";
import type { KeyWords } from "../../ops/keys.ts";
import { scope } from "../../tape/scope.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import { toDot } from "./dot.ts";
import { drawingOf } from "./drawing.ts";
import { ElementReader, type Elements } from "./elements.ts";
import { fromJSON, type ProgramJSON, toJSON } from "./json.ts";
import {
  type ProgramEffect,
  type ProgramParts,
  type ProgramStep,
  type ProgramValue,
  type ProgramView,
  valuesOf,
} from "./parts.ts";
import { Replay } from "./replay.ts";
import { Runner } from "./runner.ts";
import { type Argument, arranged, checkSurroundings, eachArgument, signatureOf } from "./structure.ts";
import { textOf } from "./text.ts";
import { type DrawingText, toVega } from "./vega.ts";

/**
 * The kernels that a function ran, as {@link record} saw them, in order: what they read and write, what is returned and
 * what is left behind. It prints, is drawn, goes through JSON, and runs on any backend that has its dtypes: once kernel
 * by kernel, and from then on as the backend plans it, so that last digits may differ where small tensors are elsewhere.
 *
 * @category Programs
 */
export class Program<A extends readonly unknown[] = readonly unknown[], T = unknown> implements Bindings {
  /** Tensors from outside the function, by name: parameters, state, data. A run reads them, and writes some. */
  readonly captured: Readonly<Record<string, Tensor>>;
  /** Cells that a run follows, by name. */
  readonly cells: Readonly<Record<string, Scalar>>;
  /** Sequences that a run draws keys from, by the name of the key; others are drawn from the global one. */
  readonly keys: Readonly<Record<string, Changing<KeyWords>>>;
  readonly #parts: ProgramParts;
  #runner: Runner | null = null;

  /** A program of parts, bound to tensors and cells; {@link record} and {@link Program.from} make one. */
  constructor(parts: ProgramParts, bindings: Bindings) {
    this.#parts = parts;
    this.captured = bindings.captured;
    this.cells = bindings.cells;
    this.keys = bindings.keys;
    showInNotebook(this, () => ({ ...vegaLiteBundle(this.toVega()), "text/plain": String(this) }));
  }

  /** All memory that it touches; views tell of a value by its index here. */
  get values(): readonly ProgramValue[] {
    return this.#parts.values;
  }

  /** Its arguments, and the keys that each run draws. */
  get inputs(): readonly ProgramValue[] {
    return this.#only("input", "key");
  }

  /** Numbers and cells that kernels read. */
  get literals(): readonly ProgramValue[] {
    return this.#only("literal");
  }

  #only(...kinds: Parameters<typeof valuesOf>[1][]): readonly ProgramValue[] {
    return valuesOf(this.#parts.values, ...kinds).map(([, value]) => value);
  }

  /** Its kernels, in order. */
  get steps(): readonly ProgramStep[] {
    return this.#parts.steps;
  }

  /** What it returns, tensor by tensor. */
  get outputs(): readonly ProgramView[] {
    return this.#parts.outputs;
  }

  /** What it changes that was there before: elements written where they live, and gradients replaced. */
  get effects(): readonly ProgramEffect[] {
    return this.#parts.effects;
  }

  /**
   * Does on other arguments what the function did, without calling it: they must be alike, or it is a TypeError.
   * What it returns is off the tape, whatever the arguments are.
   *
   * @example
   * ```ts
   * import { manualSeed, record, type Tensor, tensor, uniform } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals, assertNotEquals } from "@std/assert";
   *
   * let calls = 0;
   * const noisy = (x: Tensor) => x.add(uniform([2]).add(++calls));
   * const [first, program] = record(noisy, tensor([1, 2]));
   * const again = program.run(tensor([1, 2]));
   * assertNotEquals(await again.array(), await first.array()); // each run draws anew
   * assertEquals(calls, 1);
   * ```
   */
  run(...args: A): T {
    const given = this.#checked(args);
    this.#runner ??= new Runner(this.#parts, this);
    return arranged(this.#parts.result, this.#runner.run(given, [])) as T;
  }

  #checked(args: readonly unknown[]): Argument[] {
    checkSurroundings("run", "call the function instead");
    const takes = signatureOf(args), given: Argument[] = [];
    if (takes !== this.#parts.takes) {
      throw new TypeError(`Cannot run a program of ${this.#parts.takes} on ${takes}: record it again`);
    }
    eachArgument(args, (found) => given.push(found));
    return given;
  }

  /** How a person reads it: a line a kernel, forward, backward and changes in place apart. */
  toString(): string {
    return textOf(this.#parts, this);
  }

  /** The program as plain data; tensors, cells and sequences stay behind, under their names. */
  toJSON(): ProgramJSON {
    return toJSON(this.#parts, this);
  }

  /**
   * The program that {@link Program.toJSON} gave as data, bound to tensors by name, on any backend, and to cells; a
   * cell that is not given has the value that it had. Names that are missing, ops that are not defined here and data
   * that is no program are an error that says so.
   *
   * @example
   * ```ts
   * import { Program, record, type Tensor, tensor, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const w = variable([3, 4]);
   * w.label = "w";
   * const [, program] = record((x: Tensor) => w.mul(x).sum(), tensor([1, 1]));
   * const text = JSON.stringify(program);
   * const other = Program.from<[Tensor], Tensor>(JSON.parse(text), { captured: { w: tensor([1, 10]) } });
   * assertEquals(await other.run(tensor([2, 3])).item(), 32);
   * ```
   */
  static from<A extends readonly unknown[] = readonly unknown[], T = unknown>(
    json: unknown,
    bindings: Partial<Bindings> = {},
  ): Program<A, T> {
    const { parts, bindings: bound } = fromJSON(json, bindings);
    return new Program(parts, bound);
  }

  /**
   * Runs it once, with all that it leaves behind, and gives the elements of every value as it was before or as it was
   * made, and those that each step wrote: for drawings, and to look for where numbers go wrong.
   */
  async evaluate(...args: A): Promise<Elements> {
    const given = this.#checked(args), reader = new ElementReader(this.#parts);
    scope(() => void new Replay(this.#parts, this, given).run(reader));
    return await reader.elements();
  }

  /**
   * The program in Graphviz's language: a box a kernel, with the shape that it gives, and what flows between them.
   */
  toDot(elements?: Elements): string {
    return toDot(drawingOf(this.#parts, elements));
  }

  /**
   * The program as a specification of Vega-Lite: boxes with shapes, and with `elements` with numbers too.
   *
   * @example
   * ```ts
   * import { record, type Tensor, tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const [, program] = record((x: Tensor) => x.mul(2).add(1), tensor(3));
   * const elements = await program.evaluate(tensor(4));
   * const { $schema, layer } = program.toVega(elements, { title: "A line" });
   * assertEquals($schema, "https://vega.github.io/schema/vega-lite/v6.json");
   * assert(Array.isArray(layer));
   * assert(program.toDot(elements).includes("v1 = v0 + 1\\n= 9"));
   * ```
   */
  toVega(elements?: Elements, text: DrawingText = {}): Record<string, unknown> {
    return toVega(drawingOf(this.#parts, elements), text);
  }
}
