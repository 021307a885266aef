/** Functions that take the largest element of windows, or their mean, several windows side by side. */
import { bytesPerElement, type DType } from "@tapegrad/core/backend";
import type { Body, Callable, Local } from "../../assembler/body.ts";
import type { Module } from "../../assembler/module.ts";
import { i32, type Int, times, type Value } from "../../assembler/values.ts";
import { gatherPack, loadPack, splatPack } from "../../expr/access.ts";
import { Code } from "../../expr/lanes.ts";
import { converted, lanesOf, maskPack, type Pack, partsOf } from "../../expr/pack.ts";
import type { Simd } from "../../features.ts";
import { store } from "../lane_courses.ts";
import type { StepClass } from "../map_code.ts";
import { repeat } from "../matmul/pack.ts";
import { inSteps } from "../streams.ts";

/** What windows are of, how they and the results lie, and what is taken of them. */
export interface PoolTask {
  readonly kind: "max" | "mean";
  readonly simd: Simd;
  readonly dtype: DType;
  /** Of the first elements of windows side by side. */
  readonly input: StepClass;
  /** Of the results: elements, and places where those are wanted. */
  readonly outputs: readonly StepClass[];
}

/** Pointers of images, results and places, the place of the first window, and the divisor. */
const HEAD = 5;
/** Loops over windows: how many, and how far windows, results and places are apart in bytes, and windows in places. */
export const OUTER = 4;
const EACH = 5;
/** Loops over elements of a window: how many, and how far apart in bytes and in places. */
const INNER = 3, ELEMENT = 3;

type Count = Local<"i32">;

interface Loop {
  readonly count: Count;
  readonly steps: readonly Count[];
}

function loopsOf(given: readonly Count[], loops: number, size: number): readonly Loop[] {
  return Array.from({ length: loops }, (_, i) => {
    const [count, ...steps] = given.slice(i * size, (i + 1) * size);
    return { count, steps };
  });
}

/** The function of a task; what there is none of is 0 among its parameters. */
export function pooling(module: Module, task: PoolTask): Callable {
  const parameters = new Array<"i32">(HEAD + OUTER * EACH + INNER * ELEMENT).fill("i32");
  return module.define(parameters, null, (body, given) => {
    const outer = loopsOf(given.slice(HEAD), OUTER, EACH);
    const inner = loopsOf(given.slice(HEAD + OUTER * EACH), INNER, ELEMENT);
    const windows = new Windows(new Code(body, task.simd), task, inner, given[4]);
    nested(
      body,
      outer.slice(0, -1),
      given.slice(0, 4),
      (pointers) => windows.row(outer[OUTER - 1], pointers),
    );
  });
}

function nested(
  body: Body,
  [loop, ...others]: readonly Loop[],
  pointers: readonly Count[],
  visit: (pointers: readonly Count[]) => void,
): void {
  if (!loop) return visit(pointers);
  const own = pointers.map((pointer) => body.keep(pointer));
  repeat(body, loop.count, () => {
    nested(body, others, own, visit);
    own.forEach((pointer, i) => body.advance(pointer, loop.steps[i]));
  });
}

/** Windows are taken so many at a time. */
const ABREAST = 8;

class Windows {
  readonly #code: Code;
  readonly #task: PoolTask;
  readonly #inner: readonly Loop[];
  readonly #divisor: Count;
  readonly #given: "f32" | "f64";

  constructor(code: Code, task: PoolTask, inner: readonly Loop[], divisor: Count) {
    this.#code = code;
    this.#task = task;
    this.#inner = inner;
    this.#divisor = divisor;
    this.#given = task.dtype === "f64" ? "f64" : "f32";
  }

  /** A row of windows. */
  row({ count, steps }: Loop, pointers: readonly Count[]): void {
    const code = this.#code, { body } = code, [x, ...targets] = pointers.map((pointer) => body.keep(pointer));
    inSteps(code, body.keep(count), code.isVector ? ABREAST : 1, (elements, left) => {
      const results = this.#task.kind === "max"
        ? this.#largest(x, { elements, left, step: steps[0] }, targets[2], steps[3])
        : [this.#mean(x, { elements, left, step: steps[0] })];
      results.forEach((pack, i) => {
        const dtype = i === 0 ? this.#task.dtype : "i32", lies = this.#task.outputs[i];
        const stream = { dtype, class: lies, pointer: targets[i], step: steps[i + 1] };
        store(code, stream, pack, elements, left);
      });
      [x, ...targets].forEach((pointer, i) => body.advance(pointer, times(steps[i], elements)));
    });
  }

  #load(address: Int, { elements, left, step }: Side): Pack {
    const code = this.#code, { dtype, input } = this.#task, place = { dtype, address };
    const pack = input === "0"
      ? splatPack(code, place, elements)
      : input === "1" && !left
      ? loadPack(code, place, elements)
      : gatherPack(code, { ...place, step: input === "1" ? bytesPerElement(dtype) : step, left }, elements);
    return converted(code, pack, this.#given);
  }

  // Of equals the first, of NaNs the last.
  #largest(x: Count, side: Side, place: Count, move: Count): readonly Pack[] {
    const code = this.#code, { body } = code, given = this.#given, { elements } = side;
    const on = lanesOf(code, given), words = lanesOf(code, "i32");
    const best = this.#load(x, side).parts.map((part) => body.keep(part));
    const where = Array.from({ length: partsOf(code, "i32", elements) }, () => body.keep(words.number(0)));
    this.#each([x, body.keep(i32(0))], (at, offset) => {
      const xs = this.#load(at, side).parts.map((part) => code.keep(part)),
        o = code.keep(words.splat(offset));
      const takes = xs.map((v, i) => code.keep(on.combine("or", on.is("gt", v, best[i]), on.is("ne", v, v))));
      const { parts: masks } = maskPack(code, takes, given);
      where.forEach((one, i) => body.set(one, words.choose(masks[i], o, one)));
      best.forEach((one, i) => body.set(one, on.choose(takes[i], xs[i], one)));
    });
    const places = where.map((part, i) => words.is("add", part, this.#placesOf(place, move, i)));
    return [{ dtype: given, parts: best }, { dtype: "i32", parts: places }];
  }

  // Where windows side by side begin.
  #placesOf(place: Count, move: Count, i: number): Value {
    const code = this.#code, words = lanesOf(code, "i32");
    if (!code.isVector) return place;
    const lanes = code.vector(Int32Array.from([0, 1, 2, 3], (k) => 4 * i + k));
    return words.is("add", words.splat(place), words.is("mul", lanes, words.splat(move)));
  }

  // Rows of windows are summed by themselves, so that long sums drift less.
  #mean(x: Count, side: Side): Pack {
    const code = this.#code, { body } = code, dtype = this.#given, on = lanesOf(code, dtype);
    const zeros = () =>
      Array.from({ length: partsOf(code, dtype, side.elements) }, () => body.local(on.number(0).type));
    const sums = zeros(),
      row = zeros(),
      clear = (parts: typeof sums) => parts.forEach((p) => body.set(p, on.number(0)));
    const join = (to: typeof sums, from: readonly Value[]) =>
      to.forEach((one, i) => body.set(one, on.is("add", one, from[i])));
    clear(sums);
    this.#each([x, body.local("i32")], (at) => join(row, this.#load(at, side).parts), {
      before: () => clear(row),
      behind: () => join(sums, row),
    });
    const { parts: [divisor] } = splatPack(code, { dtype, address: this.#divisor }, code.isVector ? 4 : 1);
    return { dtype, parts: sums.map((sum) => on.is("div", sum, divisor)) };
  }

  // Visits the elements of windows, by pointers and places.
  #each(
    pointers: readonly Count[],
    visit: (at: Count, offset: Count) => void,
    { before, behind }: { readonly before?: () => void; readonly behind?: () => void } = {},
  ): void {
    const { body } = this.#code, rows = this.#inner.slice(0, -1), across = this.#inner[INNER - 1];
    nested(body, rows, pointers, (start) => {
      before?.();
      nested(body, [across], start, ([at, offset]) => visit(at, offset));
      behind?.();
    });
  }
}

/** Windows side by side: how many, or fewer, and how far apart. */
interface Side {
  readonly elements: number;
  readonly left: Count | undefined;
  readonly step: Count;
}
