/** Loops over the elements of views, as source. */
import type { Walk } from "../../common/walk.ts";

/** Where each view is in the innermost loop, as source. */
export interface Nest {
  /** What begins all loops but the innermost, and positions in them. */
  readonly open: string;
  /** What begins the innermost. */
  readonly inner: string;
  /** The place of each view's element. */
  readonly places: readonly string[];
  /** Whether a view's element is the same all along the innermost. */
  readonly fixed: readonly boolean[];
  /** What ends the innermost loop, and then the others. */
  readonly close: readonly [inner: string, outer: string];
}

/** The source of loops: variables and positions have a prefix, and views start at places that are source too. */
export function nestOf(
  { shape, strides, starts, size }: Walk,
  prefix: string,
  from?: readonly string[],
): Nest {
  const places = starts.map((start, k) => from ? from[k] : String(start)), last = shape.length - 1;
  if (size === 1 || last < 0) {
    return { open: "", inner: "", places, fixed: places.map(() => false), close: ["", ""] };
  }
  let open = "", outer = "";
  for (let axis = 0; axis < last; axis++) {
    const i = `${prefix}${axis}`;
    open += `for (let ${i} = 0; ${i} < ${shape[axis]}; ${i}++) {\n`;
    outer += "}";
    strides.forEach((steps, k) => {
      if (steps[axis] === 0) return;
      const place = `${prefix}p${axis}_${k}`;
      open += `const ${place} = ${moved(places[k], i, steps[axis])};\n`;
      places[k] = place;
    });
  }
  const i = `${prefix}${last}`;
  return {
    open,
    inner: `for (let ${i} = 0; ${i} < ${shape[last]}; ${i}++) {\n`,
    places: places.map((place, k) => moved(place, i, strides[k][last])),
    fixed: strides.map((steps) => steps[last] === 0),
    close: ["}", outer],
  };
}

/** A place so many steps on. */
export function moved(place: string, i: string, step: number): string {
  if (step === 0) return place;
  const by = step === 1 ? i : `${i} * ${step < 0 ? `(${step})` : step}`;
  return place === "0" ? by : `${place} + ${by}`;
}
