/** Functions that run a program over lanes: pass by pass, while lanes are in the cache. */
import type { DType, Expr } from "@tapegrad/core/backend";
import { type Pass, passesOf } from "../../common/lane_passes.ts";
import type { LaneProgram } from "../../common/lane_program.ts";
import { type Legal, legalized } from "../../common/legal.ts";
import type { Callable, Local } from "../assembler/body.ts";
import { type Int, op, plus, times } from "../assembler/values.ts";
import { computed } from "../expr/emitter.ts";
import { type Helpers, helpersOf } from "../expr/helpers.ts";
import { wasmKnows } from "../expr/knows.ts";
import { Code } from "../expr/lanes.ts";
import { converted, keptPack, lanesOf, type Pack } from "../expr/pack.ts";
import { fuses, type Simd } from "../features.ts";
import type { KernelModule } from "../modules.ts";
import { Across, Along, type Course, type LaneStream } from "./lane_courses.ts";
import type { StepClass } from "./map_code.ts";
import { type Fold, foldOf } from "./reduce_folds.ts";
import { advance, inSteps } from "./streams.ts";
import type { Sums } from "./sums.ts";

/** Elements of an operand, and how they lie in the direction of packs: along a lane, or across lanes. */
export interface LaneOperand {
  readonly dtype: DType;
  readonly class: StepClass;
}

/** A program on lanes that lie in some way. */
export interface LaneTask {
  /** How it is computed. */
  readonly simd: Simd;
  /** What is done. */
  readonly program: LaneProgram;
  /** The inputs. */
  readonly inputs: readonly LaneOperand[];
  /** The elements that are stored, if any are. */
  readonly output: LaneOperand | undefined;
  /** The numbers of lanes that are stored, which stand still along a lane. */
  readonly numbers: readonly LaneOperand[];
  /** What is computed in. */
  readonly given: "f32" | "f64";
  /** Whether lanes are taken side by side. */
  readonly isAcross: boolean;
  /** Whether lanes have rows that are apart; then there are no totals, and lanes are taken one by one. */
  readonly hasRows: boolean;
}

const COMMON = 5;
/** How many parameters an operand has. */
export const PARAMETERS = 4;
/** So many lanes are taken side by side: as many as a line of the cache has of f32. */
export const ABREAST = 16;
/** How many bytes a total has. */
export const TOTAL = 8;

/**
 * A function of how many elements a row of a lane has and how many rows a lane, how many lanes there are, where there is
 * room for what passes hand on, and where totals over lanes are, one behind the other; and of each input, and of the
 * result, where it is and how many bytes are between the elements of a row, between rows and between lanes.
 */
export function runningLanes(kernels: KernelModule, task: LaneTask): Callable {
  const { simd, program, inputs, given, isAcross } = task, operands = operandsOf(task);
  const passes = legalPasses(program, inputs.map(({ dtype }) => dtype), given);
  const legals = passes.flatMap(({ ofNumbers, ofElements }) => [ofNumbers, ofElements]);
  const helpers = legals.map((legal) => kernels.import(helpersOf(legal, fuses(simd)))).at(-1)!;
  const parameters = Array.from({ length: COMMON + PARAMETERS * operands.length }, () => "i32" as const);
  return kernels.module.define(parameters, null, (body, [n, rows, count, room, totals, ...rest]) => {
    const code = new Code(body, simd), size = task.hasRows ? body.keep(times(n, rows)) : n;
    const streams = operands.map((one, i): LaneStream => {
      const [pointer, down, over, next] = rest.slice(PARAMETERS * i, PARAMETERS * (i + 1));
      return { ...one, pointer, down, over, step: isAcross ? next : down };
    });
    const run = (course: Course) => {
      const lane = new Lane(code, task, course, { n, size, room, totals, streams, helpers });
      for (const pass of passes) lane.run(pass);
      lane.finish();
    };
    if (isAcross) {
      inSteps(code, count, code.isVector ? ABREAST : 1, (elements, left) => {
        run(new Across(code, elements, left));
        advance(body, streams, elements);
      });
    } else {
      body.upTo(body.local("i32"), count, 1, () => {
        run(new Along(code, task.hasRows ? rows : undefined));
        streams.forEach(({ pointer }, i) => body.advance(pointer, rest[PARAMETERS * i + 3]));
      });
    }
  });
}

/** A pass in what wasm knows. */
interface LegalPass extends Omit<Pass, "ofNumbers" | "ofElements"> {
  readonly ofNumbers: Legal;
  readonly ofElements: Legal;
}

// Of a program whose inputs have such dtypes, and whose steps give another.
function legalPasses(program: LaneProgram, dtypes: readonly DType[], given: DType): readonly LegalPass[] {
  const all = [...dtypes, ...program.steps.map(() => given)];
  const legal = (roots: readonly Expr[]) => legalized(roots, all, wasmKnows);
  return passesOf(program, true).map((pass) => {
    return { ...pass, ofNumbers: legal(pass.ofNumbers), ofElements: legal(pass.ofElements) };
  });
}

function operandsOf({ inputs, output, numbers }: LaneTask): readonly LaneOperand[] {
  return output ? [...inputs, output, ...numbers] : [...inputs, ...numbers];
}

interface Site {
  readonly n: Local<"i32">;
  /** How many elements all rows of a lane have. */
  readonly size: Local<"i32">;
  readonly room: Local<"i32">;
  readonly totals: Local<"i32">;
  readonly streams: readonly LaneStream[];
  readonly helpers: Helpers;
}

/** The code for one lane, or for some side by side. */
class Lane {
  readonly #code: Code;
  readonly #task: LaneTask;
  readonly #course: Course;
  readonly #site: Site;
  /** What is one number for a whole lane, by the numbers of values. */
  readonly #numbers: (Pack | undefined)[] = [];
  /** Where there are elements, by the numbers of values. */
  readonly #elements: LaneStream[];
  #room: Int;

  constructor(code: Code, task: LaneTask, course: Course, site: Site) {
    this.#code = code;
    this.#task = task;
    this.#course = course;
    this.#site = site;
    this.#elements = site.streams.slice(0, task.inputs.length);
    this.#room = site.room;
  }

  run(pass: LegalPass): void {
    this.#once(pass);
    if (pass.ofElements.roots.length === 0) return;
    const course = this.#course, most = mostOf(this.#code, pass), { n } = this.#site;
    const sums = pass.folds.map((value) => course.sums(this.#foldOf(value), most));
    const reads = pass.reads.map((value) => this.#elements[value]);
    const targets = pass.each.map((value) => this.#target(value));
    const totals = pass.across.map((value) => this.#totalsOf(value));
    const outputs = [
      ...sums.map(({ own }) => own.dtype),
      ...[...targets, ...totals].map(({ dtype }) => dtype),
    ];
    course.run({
      ...{ n, reads, targets, totals, sums, most },
      results: (packs, elements) => this.#results(pass, packs, { elements, outputs }),
    });
    pass.folds.forEach((value, i) => this.#numbers[value] = this.#folded(value, sums[i]));
  }

  /** Stores the numbers of the lane or lanes that are results. */
  finish(): void {
    const { program: { results, inputs }, numbers } = this.#task, { streams } = this.#site;
    const own = streams.slice(streams.length - numbers.length);
    const wanted = results.filter((step) => step !== null).slice(-own.length);
    own.forEach((stream, i) => this.#course.put(stream, this.#numbers[inputs + wanted[i]]!));
  }

  #foldOf(value: number): Fold {
    return foldOf(this.#kindOf(value) === "max" ? "max" : "sum", this.#task.given, this.#code.isVector);
  }

  #kindOf(value: number): LaneProgram["steps"][number]["kind"] {
    const { steps, inputs } = this.#task.program;
    return steps[value - inputs].kind;
  }

  #once({ once, ofNumbers }: LegalPass): void {
    if (once.length === 0) return;
    const packs: Pack[] = [], course = this.#course, elements = course.numbers;
    for (const { kind, value } of ofNumbers.order) {
      if (kind === "input") packs[value] = this.#numbers[value] ?? course.first(this.#elements[value]);
    }
    const outputs = once.map(() => this.#task.given), { helpers } = this.#site;
    const results = computed(this.#code, ofNumbers, packs, { elements, helpers, outputs });
    once.forEach((value, i) => this.#numbers[value] = keptPack(this.#code, results[i]));
  }

  #results(
    { reads, ofElements }: LegalPass,
    streamed: readonly Pack[],
    { elements, outputs }: { readonly elements: number; readonly outputs: readonly DType[] },
  ): readonly Pack[] {
    const packs = this.#numbers.map((pack) => pack && this.#course.spread(pack, elements)) as Pack[];
    reads.forEach((value, i) => packs[value] = streamed[i]);
    const { helpers } = this.#site;
    return computed(this.#code, ofElements, packs, { elements, helpers, outputs });
  }

  // A mean is divided by how many there are in double precision.
  #folded(value: number, sums: Sums): Pack {
    const code = this.#code, total = this.#course.total(sums), on = lanesOf(code, total.dtype);
    if (this.#kindOf(value) !== "mean") return keptPack(code, converted(code, total, this.#task.given));
    const count = code.keep(on.splat(op("f64.convert_i32_u", this.#site.size)));
    const parts = total.parts.map((part) => on.is("div", part, count));
    return keptPack(code, converted(code, { dtype: total.dtype, parts }, this.#task.given));
  }

  // The result, or room that later passes read.
  #target(value: number): LaneStream {
    const { program, given: dtype } = this.#task, { n, size, streams } = this.#site, { body } = this.#code;
    const isResult = value - program.inputs === program.results[0], result = streams[program.inputs];
    if (isResult) return { ...result, pointer: body.keep(result.pointer) };
    const pointer = body.keep(plus(this.#room, 0)), down = this.#course.apart(dtype);
    this.#room = plus(pointer, times(size, down));
    this.#elements[value] = { dtype, class: "1", pointer, step: pointer, down, over: times(n, down) };
    return { ...this.#elements[value], pointer: body.keep(pointer as Local<"i32">) };
  }

  // In the order of the results.
  #totalsOf(value: number): LaneStream {
    const { results, inputs } = this.#task.program, { n, totals } = this.#site;
    const before = results.slice(1).filter((step) => step !== null).indexOf(value - inputs);
    const pointer = this.#code.body.keep(plus(totals, times(n, before * TOTAL)));
    return { dtype: "f64", class: "1", pointer, step: pointer, down: TOTAL };
  }
}

// As many elements at a time as there are registers for.
function mostOf(code: Code, { ofElements }: LegalPass): number {
  return !code.isVector ? 1 : ofElements.order.length > 60 ? 8 : 16;
}
