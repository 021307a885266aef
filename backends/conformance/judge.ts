/** Compares what a kernel wrote with what it should have. */
import { isContiguous, sizeOf, type TypedArray } from "@tapegrad/core";
import { distance, formatOf, isSubnormal, show, specialOf, type Terms } from "./compare.ts";
import { type Change, expectedOf, type KernelRun } from "./kernel_run.ts";
import { placesOf } from "./layouts.ts";
import type { Session } from "./session.ts";
import type { Outcome, Special, Subject } from "./types.ts";

/** The outcome of a kernel that left `actual` in the whole buffer of its output. */
export function judge(session: Session, subject: Subject, run: KernelRun, actual: TypedArray): Outcome {
  const missing = missingOf(session, run);
  const lost = [...missing].filter((special) => special === "nan" || special === "infinity");
  if (lost.length > 0 && !run.elementwise) {
    return { status: "skipped", reason: `${lost.join(" and ")} not kept by ${session.backend.name}` };
  }
  const trial = new Trial(session, subject, run, actual);
  return trial.outcome(alternativesFor(missing));
}

// The special values among the inputs that the backend does not keep.
function missingOf({ keeps }: Session, { inputs }: KernelRun): Set<Special> {
  const found = new Set<Special>();
  for (const { dtype, data } of inputs) {
    const format = formatOf(dtype);
    for (let i = 0; format && i < data.length; i++) {
      const special = specialOf(data[i], format);
      if (special && !keeps.has(special)) found.add(special);
    }
  }
  return found;
}

const flush: Change = (x, dtype) => isSubnormal(x, formatOf(dtype)!) ? 0 * Math.sign(x) : x;
const unsign: Change = (x) => x === 0 ? 0 : x;

// What the inputs may be taken for.
function alternativesFor(missing: ReadonlySet<Special>): Change[] {
  const list: Change[] = [];
  if (missing.has("subnormal")) list.push(flush);
  if (missing.has("negative zero")) list.push(unsign);
  if (list.length === 2) list.push((x, dtype) => unsign(flush(x, dtype), dtype));
  return list;
}

class Trial {
  readonly #session: Session;
  readonly #run: KernelRun;
  readonly #actual: TypedArray;
  readonly #terms: Terms;
  readonly #expected: TypedArray;
  readonly #sizes: TypedArray | null;
  // Places of elements, or nothing where they fill the buffer one after another.
  readonly #places: readonly number[] | null;

  constructor(session: Session, { op }: Subject, run: KernelRun, actual: TypedArray) {
    const { output, allowance, count, zeroSign = true } = run, { dtype } = output;
    this.#session = session;
    this.#run = run;
    this.#actual = actual;
    this.#terms = {
      ...allowance ?? session.allowance(op, dtype, count),
      dtype,
      keeps: session.keeps,
      zeroSign,
    };
    this.#expected = expectedOf(session, run, run.call);
    this.#sizes = run.size ? expectedOf(session, run, run.size, Math.abs) : null;
    const isWhole = isContiguous(output) && output.offset === 0 &&
      sizeOf(output.shape) === output.data.length;
    this.#places = isWhole ? null : placesOf(output);
  }

  outcome(alternatives: readonly Change[]): Outcome {
    this.#expectNothingOutside();
    const n = this.#places?.length ?? this.#actual.length, wrong: number[] = [];
    let furthest = 0;
    for (let i = 0; i < n; i++) {
      const apart = this.#apart(this.#placeOf(i), this.#expected);
      if (apart <= this.#terms.ulp) furthest = Math.max(furthest, apart);
      else wrong.push(i);
    }
    const left = this.#withAlternatives(wrong, alternatives);
    if (left.length === 0) return { status: "ok", ulp: furthest };
    return { status: "failed", message: this.#describe(left, n) };
  }

  #placeOf(i: number): number {
    return this.#places ? this.#places[i] : i;
  }

  #apart(place: number, expected: TypedArray): number {
    const terms = this.#sizes
      ? { ...this.#terms, floor: Math.max(this.#terms.floor, this.#sizes[place]) }
      : this.#terms;
    return distance(this.#actual[place], expected[place], terms);
  }

  #withAlternatives(wrong: readonly number[], alternatives: readonly Change[]): readonly number[] {
    let left = wrong.filter((i) => !this.#isOpen(i));
    for (const alternative of alternatives) {
      if (left.length === 0) break;
      const expected = expectedOf(this.#session, this.#run, this.#run.call, alternative);
      left = left.filter((i) => !(this.#apart(this.#placeOf(i), expected) <= this.#terms.ulp));
    }
    return left;
  }

  // Whether a special value that the backend does not keep goes into an element.
  #isOpen(i: number): boolean {
    const { keeps } = this.#session;
    if (!this.#run.elementwise || (keeps.has("nan") && keeps.has("infinity"))) return false;
    return this.#inputsAt(i).some((x) =>
      !keeps.has(Number.isNaN(x) ? "nan" : "infinity") && !Number.isFinite(x)
    );
  }

  #inputsAt(i: number): number[] {
    const index = indexOf(i, this.#run.output.shape);
    return this.#run.inputs.map(({ data, strides, offset }) =>
      data[index.reduce((place, k, axis) => place + k * strides[axis], offset)]
    );
  }

  #expectNothingOutside(): void {
    if (!this.#places) return;
    const { data } = this.#run.output, inside = new Set(this.#places);
    data.forEach((before: number, at: number) => {
      if (inside.has(at) || Object.is(this.#actual[at], before)) return;
      throw new Error(`It wrote ${show(this.#actual[at])} at place ${at} of the buffer, beside the output`);
    });
  }

  #describe(wrong: readonly number[], n: number): string {
    const place = this.#placeOf(wrong[0]), apart = this.#apart(place, this.#expected);
    const of = this.#run.elementwise ? ` of (${this.#inputsAt(wrong[0]).map(show).join(", ")})` : "";
    const units = Number.isFinite(apart)
      ? `, ${apart.toPrecision(3)} ULP off where ${this.#terms.ulp.toPrecision(3)} are allowed`
      : "";
    const more = wrong.length > 1 ? `; ${wrong.length} of ${n} are wrong` : "";
    const { shape } = this.#run.output;
    return `${show(this.#actual[place])} at [${indexOf(wrong[0], shape).join(", ")}]${of} instead of ` +
      `${show(this.#expected[place])}${units}${more}`;
  }
}

function indexOf(i: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(i % shape[axis]);
    i = Math.floor(i / shape[axis]);
  }
  return index;
}
