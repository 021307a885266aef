/** The source of kernels that run a program over lanes, pass by pass. */
import { type DType, inputsOf } from "@tapegrad/core/backend";
import type { Pass } from "../../common/lane_passes.ts";
import type { LaneProgram } from "../../common/lane_program.ts";
import { dtypesOf } from "../../common/views.ts";
import { accumulatorSource, type Combination, fieldName } from "./accumulator.ts";
import { parameter } from "./map.ts";
import { exchange, exchangeSource, foldSource, laneMain, ownLane } from "./reduce_source.ts";
import { type KernelStrategy, lanesAtOnce } from "./reduce_strategy.ts";
import { type Lanes, locateSource } from "../walk/lanes.ts";
import { coordinates, position, word } from "../walk/strided.ts";
import { emitAll, librarySource, loaded, stored } from "../wgsl/expression.ts";

/** The parameters of these kernels, after which those of the lanes begin. */
export const fixed = { lanes: word(0), length: word(1), count: 2 } as const;

/** A program on lanes that lie in some way. */
export interface LaneTask {
  readonly program: LaneProgram;
  readonly passes: readonly Pass[];
  /** Numbers of each lane that are written, by the numbers of values. */
  readonly numbers: readonly number[];
  /** Views of the result if it is one of elements, of these numbers, and of the inputs. */
  readonly lanes: Lanes;
  readonly strategy: KernelStrategy;
}

/** The source, given the names of the views' arrays. */
export function laneSource(task: LaneTask, names: readonly string[]): string {
  return new LaneSource(task, names).source();
}

class LaneSource {
  readonly #task: LaneTask;
  readonly #arrays: readonly string[];
  readonly #functions = new Set<string>();
  /** How many views are written. */
  readonly #written: number;
  readonly #firstNumber: number;

  constructor(task: LaneTask, names: readonly string[]) {
    let next = 0;
    this.#task = task;
    this.#arrays = task.lanes.outer.classes.map((c) => c === "v" ? "" : names[next++]);
    this.#firstNumber = Number(task.program.results[0] !== null);
    this.#written = this.#firstNumber + task.numbers.length;
  }

  source(): string {
    const { passes, program, lanes, strategy, numbers } = this.#task;
    const made = passes.flatMap(({ once, folds }) => [...folds, ...once]);
    const functions = passes.map((pass, k) => this.#functionsOf(pass, k));
    const statements = passes.map((pass, k) => this.#run(pass, k));
    const kept = numbers.map((value, i) => {
      const k = this.#firstNumber + i;
      return `${this.#arrays[k]}[from${k}] = ${stored(`n${value}`, lanes.views[k].dtype)};`;
    });
    return `${librarySource(this.#functions)}
${locateSource(lanes)}
${made.map((value) => `var<private> n${value}: f32;`).join("\n")}
${functions.join("\n")}
// ${program.name}
${laneMain(strategy)} {
  ${ownLane(strategy, "group.y * groups.x + group.x")}
  let isLane = lane < ${fixed.lanes};
  if (isLane) { locate(lane); }
  ${statements.join("\n  ")}
  ${kept.length > 0 ? `if (isLane && first == 0u) { ${kept.join(" ")} }` : ""}
}`;
  }

  // What computes an element of a pass, and what folds it.
  #functionsOf(pass: Pass, k: number): string {
    const { folds, each } = pass, { strategy } = this.#task;
    if (folds.length === 0) return each.length === 0 ? "" : ownNames(this.#element(pass, "", ""), k);
    const combination = this.#combinationOf(folds);
    return ownNames(
      [
        accumulatorSource(combination),
        this.#element(pass, " -> Acc", "Acc"),
        foldSource(strategy, combination),
        exchangeSource(strategy, combination),
      ].join("\n"),
      k,
    );
  }

  #combinationOf(folds: readonly number[]): Combination {
    const isMax = folds.map((value) => this.#kindOf(value) === "max");
    if (isMax.includes(true)) this.#functions.add("maximum_f32");
    const combined = isMax.map((is, k) => {
      const p = `p.${fieldName(k)}`, q = `q.${fieldName(k)}`;
      return is ? `maximum_f32(${p}, ${q})` : `${p} + ${q}`;
    });
    return {
      fields: isMax.map(() => "f32"),
      nothing: `Acc(${isMax.map((is) => is ? "fromBits(0xff800000u)" : "0f").join(", ")})`,
      combined: `Acc(${combined.join(", ")})`,
      rounds: isMax.includes(false),
    };
  }

  #kindOf(value: number): LaneProgram["steps"][number]["kind"] {
    const { steps, inputs } = this.#task.program;
    return steps[value - inputs].kind;
  }

  // A function that stores what a pass gives for each element, and returns what it folds.
  #element({ folds, each, ofElements, reads }: Pass, returned: string, type: string): string {
    const { lanes } = this.#task, { dtype } = lanes.views[0];
    const wanted = ofElements.slice(0, folds.length + each.length);
    const { statements, results } = this.#emitted(wanted, reads);
    const stores = each.map((_, k) => `${this.#place(0)} = ${stored(results[folds.length + k], dtype)};`);
    const value = type && `return ${type}(${results.slice(0, folds.length).join(", ")});`;
    return `fn element(j: u32)${returned} {\n  ${[...statements, ...stores, value].join("\n  ")}\n}`;
  }

  // Statements that compute expressions of element `j`, or of numbers.
  #emitted(
    exprs: Pass["ofElements"],
    reads: readonly number[],
  ): { readonly statements: readonly string[]; readonly results: readonly string[] } {
    const { program: { inputs, steps }, lanes } = this.#task;
    const dtypes: DType[] = [
      ...dtypesOf(lanes.views.slice(this.#written)),
      ...steps.map(() => "f32" as const),
    ];
    const texts = dtypes.map((_, value) => reads.includes(value) ? `x${value}` : `n${value}`);
    const loads = reads.map((value) => `let x${value} = ${this.#loaded(value, inputs)};`);
    const { statements, results, functions } = emitAll(exprs, dtypes, texts, exprs.map(() => "f32"));
    functions.forEach((name) => this.#functions.add(name));
    return { statements: [coordinates(lanes.inner, "j"), ...loads, ...statements], results };
  }

  // What is kept for later passes is where the result will be.
  #loaded(value: number, inputs: number): string {
    const { views, outer } = this.#task.lanes, k = value < inputs ? this.#written + value : 0;
    if (outer.classes[k] === "v") return parameter(outer, k, views[k].dtype);
    return loaded(this.#place(k), views[k].dtype);
  }

  #place(k: number): string {
    return `${this.#arrays[k]}[${position(this.#task.lanes.inner, k, "j", `from${k}`)}]`;
  }

  // Statements of one pass.
  #run(pass: Pass, k: number): string {
    const { folds, each } = pass, { threads } = this.#task.strategy, once = this.#once(pass);
    if (folds.length > 0) return `${once}\n  ${ownNames(this.#fold(folds), k)}`;
    if (each.length === 0) return once;
    return `${once}
  if (isLane) { for (var j = first; j < ${fixed.length}; j += ${threads}u) { ${
      ownNames("element(j)", k)
    }; } }`;
  }

  #once({ once, ofNumbers }: Pass): string {
    if (once.length === 0) return "";
    const { inputs } = this.#task.program;
    const reads = [...new Set(ofNumbers.flatMap(inputsOf))].filter((value) => value < inputs);
    const { statements, results } = this.#emitted(ofNumbers, reads);
    const kept = once.map((value, k) => `n${value} = ${results[k]};`);
    return `{\n  let j = 0u;\n  ${[...statements, ...kept].join("\n  ")}\n  }`;
  }

  #fold(folds: readonly number[]): string {
    const { strategy } = this.#task, { threads, across, subgroups } = strategy;
    const isShared = threads > 1 && !subgroups;
    const numbers = folds.map((value, k) => {
      const total = `acc.${fieldName(k)}`;
      return `n${value} = ${this.#kindOf(value) === "mean" ? `${total} / f32(${fixed.length})` : total};`;
    });
    return `{
  var acc = nothing();
  if (isLane) { acc = fold(first, ${fixed.length}); }
  ${exchange(strategy)}
  ${isShared ? `acc = slots[thread - first * ${across ? lanesAtOnce(strategy) : 1}u];` : ""}
  ${numbers.join(" ")}
  }`;
  }
}

// Each pass folds by functions of its own.
function ownNames(source: string, pass: number): string {
  return source.replace(/\b(Acc|nothing|combined|element|fold|slots|together)\b/g, `$1${pass}`);
}
