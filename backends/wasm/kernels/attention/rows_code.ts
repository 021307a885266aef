/** The code that makes weights of rows of scores, and slopes of those of weights. */
import { type DType, e, type Expr } from "@tapegrad/core/backend";
import { type Legal, legalized } from "../../../common/legal.ts";
import type { Callable, Local } from "../../assembler/body.ts";
import { f32, f64, plus, times, type Value } from "../../assembler/values.ts";
import { computed } from "../../expr/emitter.ts";
import { type Helpers, helpersOf } from "../../expr/helpers.ts";
import { wasmKnows } from "../../expr/knows.ts";
import { Code } from "../../expr/lanes.ts";
import { converted, keptPack, type Pack } from "../../expr/pack.ts";
import { fuses, type Simd } from "../../features.ts";
import type { KernelModule } from "../../modules.ts";
import { storeOne } from "../accumulators.ts";
import { Along, type LaneStream, type Trip } from "../lane_courses.ts";
import type { StepClass } from "../map_code.ts";
import { foldOf } from "../reduce_folds.ts";
import type { Sums } from "../sums.ts";

/** What rows are. */
export interface RowsForm {
  /** What is computed in. */
  readonly dtype: "f32" | "f64";
  /** What masks them: bools, or numbers that are added, and how those of a row lie. */
  readonly mask: { readonly dtype: DType; readonly class: StepClass } | null;
}

type Count = Local<"i32">;

/** The parameters that all rows have. */
interface Common {
  readonly rows: Count;
  readonly n: Count;
  /** How many places of the first row are not hidden, and how many more of each further one. */
  readonly first: Count;
  readonly more: Count;
  /** How far rows of scores are apart. */
  readonly apart: Count;
  readonly mask: Count;
  readonly maskRow: Count;
  readonly maskStep: Count;
}

const COMMON = 8;
const [x, y, z, w] = [0, 1, 2, 3].map((i) => e.input(i));

function maskedBy(mask: RowsForm["mask"], score: Expr, by: Expr): Expr {
  if (!mask) return score;
  return mask.dtype === "bool" ? e.select(by, score, -Infinity) : e.add(score, by);
}

/**
 * Defines what makes weights of scores, in their place: how many rows, of how many elements, how many of the first are
 * not hidden, and how many more of each further one, how far rows are apart, the mask, its row and step; the scores, and
 * where the largest of each row and the sums of weights go. What is hidden becomes 0.
 */
export function weighingRows(kernels: KernelModule, form: RowsForm, simd: Simd): Callable {
  const { dtype, mask } = form, maskDtype = mask?.dtype ?? dtype;
  const score = legalOf([maskedBy(mask, x, y)], [dtype, maskDtype]);
  const level = legalOf([e.select(e.eq(x, -Infinity), 0, x)], [dtype]);
  const weight = legalOf([e.exp(e.sub(x, y))], [dtype, dtype]);
  return defineRows(kernels, form, simd, [score, level, weight], 3, (rows, [scores, peaks, totals]) => {
    const { code } = rows, own = rows.stream(scores);
    rows.hide(scores);
    const largest = rows.along({
      reads: mask ? [own, rows.maskStream()] : [own],
      targets: mask ? [own] : [],
      folds: ["max"],
      most: 16,
      results: (packs, elements) => {
        const [value] = rows.compute(score, packs, elements);
        return mask ? [value, value] : [value];
      },
    })[0];
    const [most] = rows.compute(level, [largest], rows.course.numbers);
    const [total] = rows.along({
      reads: [own],
      targets: [own],
      folds: ["sum"],
      most: 8,
      results: ([value], elements) => {
        const [made] = rows.compute(weight, [value, rows.course.spread(most, elements)], elements);
        return [made, made];
      },
    });
    storeOne(code, { dtype, address: peaks }, largest);
    storeOne(code, { dtype, address: totals }, total);
    for (const pointer of [peaks, totals]) code.body.advance(pointer, bytesOf(dtype));
    code.body.advance(scores, rows.common.apart);
  });
}

/**
 * Defines what makes weights of scores and slopes of what was to be gained by weights, in their places: as
 * {@link weighingRows}; the scores, the gains, the log-sum-exps of rows and the cotangents of those.
 */
export function slopingRows(kernels: KernelModule, form: RowsForm, simd: Simd): Callable {
  const { dtype, mask } = form, legals = slopingLegals(form), [weights, outside, slope] = legals;
  return defineRows(
    kernels,
    form,
    simd,
    legals,
    4,
    (rows, [scores, gains, logs, others]) => {
      const { code, course } = rows, own = rows.stream(scores), gained = rows.stream(gains);
      const log = course.first(rows.stream(logs)), other = course.first(rows.stream(others));
      rows.hide(scores);
      const [products, totals] = rows.along({
        reads: mask ? [own, gained, rows.maskStream()] : [own, gained],
        targets: [own],
        folds: ["sum", "sum"],
        most: 8,
        results: ([value, gain, by], elements) => {
          const packs = [value, gain, course.spread(log, elements), by];
          const [made, product] = rows.compute(weights, packs, elements);
          return [product, made, made];
        },
      });
      const [level] = rows.compute(outside, [products, totals, other], course.numbers);
      rows.along({
        reads: [own, gained],
        targets: [gained],
        folds: [],
        most: 16,
        results: ([value, gain], elements) =>
          rows.compute(slope, [value, gain, course.spread(level, elements)], elements),
      });
      for (const pointer of [scores, gains]) {
        code.body.advance(pointer, rows.common.apart);
      }
      for (const pointer of [logs, others]) code.body.advance(pointer, bytesOf(dtype));
    },
  );
}

// Weights and their products with gains, what is outside of the mean gain, and slopes.
function slopingLegals({ dtype, mask }: RowsForm): readonly Legal[] {
  const weight = e.exp(e.sub(maskedBy(mask, x, w), z)), mean = e.div(x, e.select(e.eq(y, 0), 1, y));
  return [
    legalOf([weight, e.mul(weight, y)], [dtype, dtype, dtype, mask?.dtype ?? dtype]),
    legalOf([e.sub(mean, z)], [dtype, dtype, dtype]),
    legalOf([e.mul(x, e.sub(y, z))], [dtype, dtype, dtype]),
  ];
}

function legalOf(exprs: readonly Expr[], dtypes: readonly DType[]): Legal {
  return legalized(exprs, dtypes, wasmKnows);
}

function bytesOf(dtype: "f32" | "f64"): number {
  return dtype === "f64" ? 8 : 4;
}

function defineRows(
  kernels: KernelModule,
  form: RowsForm,
  simd: Simd,
  legals: readonly Legal[],
  pointers: number,
  row: (rows: Rows, pointers: readonly Count[]) => void,
): Callable {
  const helpers = legals.map((legal) => kernels.import(helpersOf(legal, fuses(simd)))).at(-1)!;
  const takes = new Array<"i32">(COMMON + pointers).fill("i32");
  return kernels.module.define(takes, null, (body, parameters) => {
    const [rows, n, first, more, apart, mask, maskRow, maskStep, ...rest] = parameters;
    const common = { rows, n, first, more, apart, mask, maskRow, maskStep };
    const one = new Rows(new Code(body, simd), form, common, helpers);
    body.while(rows, () => {
      row(one, rest);
      body.advance(mask, maskRow);
      body.advance(first, more);
      body.advance(rows, -1);
    });
  });
}

/** What is run through once, folded in such ways. */
interface Course extends Pick<Trip, "reads" | "results" | "most"> {
  readonly targets: readonly LaneStream[];
  readonly folds: readonly ("max" | "sum")[];
}

/** The code of one row. */
class Rows {
  readonly code: Code;
  readonly course: Along;
  readonly common: Common;
  readonly #form: RowsForm;
  readonly #helpers: Helpers;

  constructor(code: Code, form: RowsForm, common: Common, helpers: Helpers) {
    this.code = code;
    this.course = new Along(code);
    this.common = common;
    this.#form = form;
    this.#helpers = helpers;
  }

  stream(pointer: Count): LaneStream {
    return { dtype: this.#form.dtype, class: "1", pointer, step: pointer, down: bytesOf(this.#form.dtype) };
  }

  maskStream(): LaneStream {
    const { mask: pointer, maskStep: step } = this.common;
    return { ...this.#form.mask!, pointer, step, down: step };
  }

  /** Runs through a row, and gives what was folded. */
  along({ reads, targets, folds, most, results }: Course): readonly Pack[] {
    const { code, course } = this, { dtype } = this.#form, many = code.isVector ? most : 1;
    const sums = folds.map((kind): Sums => course.sums(foldOf(kind, dtype, code.isVector), many));
    const own = targets.map((one) => ({ ...one, pointer: code.body.keep(one.pointer) }));
    course.run({
      ...{ n: this.common.n, reads, targets: own, totals: [], sums, most: many },
      results: (packs, elements) =>
        results(packs, elements).map((one, i) =>
          i < sums.length ? converted(code, one, sums[i].own.dtype) : one
        ),
    });
    return sums.map((one) => keptPack(code, converted(code, course.total(one), dtype)));
  }

  compute(legal: Legal, packs: readonly Pack[], elements: number): readonly Pack[] {
    const outputs = legal.roots.map(() => this.#form.dtype), helpers = this.#helpers;
    return computed(this.code, legal, packs, { elements, helpers, outputs }).map((one) =>
      keptPack(this.code, one)
    );
  }

  /** Makes scores of -Infinity of those that are hidden. */
  hide(row: Count): void {
    const { dtype } = this.#form, { body } = this.code, { n, first } = this.common;
    const place = body.keep(first), none = dtype === "f64" ? f64(-Infinity) : f32(-Infinity);
    body.upTo(place, n, 1, () => {
      body.store(
        `${dtype}.store` as "f32.store",
        plus(row, times(place, bytesOf(dtype))),
        none as Value<"f32">,
      );
    });
  }
}
