/** The transform by products with small matrices and maps: on backends whose elements the host cannot reach. */
import { hostArray } from "../../base/dtype.ts";
import { contiguousLayout } from "../../base/layout.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { runKernel } from "../../call/launch.ts";
import type { Backend, View } from "../../device/backend.ts";
import { constant, input } from "../../expr/expr.ts";
import { add, mul } from "../../expr/scalars/arithmetic.ts";
import type { MapAttributes } from "../../primitives/attributes.ts";
import type { HostOptions } from "../../primitives/host.ts";
import { map, viewThrough } from "../../primitives/map.ts";
import { matrixProduct } from "../../primitives/matmul.ts";
import { copyInto } from "../../primitives/movement.ts";
import { type Numbers, roots } from "./circle.ts";
import type { FourierAttributes } from "./on_host.ts";
import { convolutionOf } from "./plan.ts";

/** The largest matrix that is multiplied by: 64 numbers are transformed by one product. */
const LARGEST = 64;

// a·re + a′·im of a pair a and the exchanged pair a′, with im's sign for either part.
const turning: MapAttributes = /* @__PURE__ */ (() => ({
  name: "complex product",
  exprs: [add(mul(input(0), input(2)), mul(input(1), input(3)))],
}))();
const scaling: MapAttributes = /* @__PURE__ */ (() => ({
  name: "scale",
  exprs: [mul(input(0), input(1))],
}))();
const mixing: MapAttributes = /* @__PURE__ */ (() => ({
  name: "pairs of pairs",
  exprs: [
    [[0, 2], [1, 3]].map(([i, j]) => add(mul(input(i), input(i + 4)), mul(input(j), input(j + 4))))
      .reduce((a, b) => add(a, b)),
  ],
}))();
const zero: MapAttributes = /* @__PURE__ */ (() => ({ name: "fill", exprs: [constant(0)] }))();

/** How a transform multiplies: in which direction, and by what beside. */
interface Sums {
  readonly inverse: boolean;
  readonly scale: number;
}

/** A transform on a device, with what it needs meanwhile. Views of it are `[batch, n, 2]`, row-major. */
export class Workshop {
  readonly #backend: Backend;
  readonly #like: View;
  readonly #taken: View[] = [];

  constructor(backend: Backend, like: View) {
    this.#backend = backend;
    this.#like = like;
  }

  release(): void {
    for (const { buffer } of this.#taken) this.#backend.free(buffer);
  }

  /** Room for elements. */
  room(shape: Shape): View {
    const { dtype } = this.#like, buffer = this.#backend.allocate(dtype, sizeOf(shape));
    const view: View = { buffer, dtype, ...contiguousLayout(shape) };
    this.#taken.push(view);
    return view;
  }

  /** Elements of the host. */
  given(elements: Float64Array, shape: Shape): View {
    const view = this.room(shape), data = hostArray(view.dtype, elements.length);
    data.set(elements);
    this.#backend.write(view.buffer, data);
    return view;
  }

  /** Copied into another view. */
  copy(from: View, to: View): void {
    copyInto(this.#backend, from, to);
  }

  /** Zeros into a view. */
  clear(to: View): void {
    runKernel(map, this.#backend, [], [to], zero);
  }

  /** Parts times those of a table of pairs, into another view. */
  scale(x: View, table: Float64Array, to: View): void {
    runKernel(map, this.#backend, [x, this.given(table, [table.length / 2, 2])], [to], scaling);
  }

  /** a·p + a′·q + b·r + b′·s of pairs a and b and the exchanged ones, by tables of pairs, into another view. */
  mix(a: View, b: View, tables: readonly Float64Array[], to: View): void {
    const [p, q, r, s] = tables.map((table) => this.given(table, [table.length / 2, 2]));
    runKernel(map, this.#backend, [a, exchanged(a), b, exchanged(b), p, q, r, s], [to], mixing);
  }

  /** The transform of each `[n, 2]`. */
  transform(x: View, sums: Sums): View {
    const n = x.shape[1], a = largestDivisor(n);
    if (n <= LARGEST) return this.#byMatrix(x, n, sums);
    return a > 1 ? this.#inParts(x, a, n / a, sums) : this.#byConvolution(x, n, sums);
  }

  #byMatrix(x: View, n: number, sums: Sums): View {
    const batch = x.shape[0], y = this.room([batch, n, 2]);
    const flat = (view: View): View => ({ ...view, ...contiguousLayout([batch, 2 * n]) });
    const matrix = this.given(matrixOf(n, sums), [2 * n, 2 * n]);
    runKernel(matrixProduct, this.#backend, [flat(x), matrix], [flat(y)], null);
    return y;
  }

  // Along rows and columns of [a, b], with a turn of each element between.
  #inParts(x: View, a: number, b: number, sums: Sums): View {
    const batch = x.shape[0], n = a * b, { inverse } = sums;
    const columns = this.room([batch * b, a, 2]), rows = this.room([batch * a, b, 2]);
    this.copy(split(x, [batch, a, b, 2], [0, 2, 1, 3]), split(columns, [batch, b, a, 2]));
    const across = this.#byMatrix(columns, a, { inverse, scale: 1 });
    const turns = turnsOf(roots(n), b * a, (i) => Math.floor(i / a) * (i % a));
    this.#turn(
      split(across, [batch, b, a, 2]),
      { turns, shape: [b, a], inverse },
      split(rows, [batch, a, b, 2], [0, 2, 1, 3]),
    );
    const along = this.transform(rows, sums), y = this.room([batch, n, 2]);
    this.copy(split(along, [batch, a, b, 2], [0, 2, 1, 3]), split(y, [batch, b, a, 2]));
    return y;
  }

  // As on the host, but forwards and backwards by conjugates of what it multiplies by.
  #byConvolution(x: View, n: number, { inverse, scale }: Sums): View {
    const batch = x.shape[0], { turns, spectrum } = convolutionOf(n), m = spectrum.re.length;
    const padded = this.room([batch, m, 2]), bent = this.room([batch, m, 2]), y = this.room([batch, n, 2]);
    this.clear(padded);
    const first = (view: View): View => viewThrough(view, { ...view, shape: [batch, n, 2] });
    this.#turn(x, { turns, shape: [n], inverse }, first(padded));
    const whole = this.transform(padded, { inverse, scale: 1 });
    this.#turn(whole, { turns: spectrum, shape: [m], inverse }, bent);
    const back = this.transform(bent, { inverse: !inverse, scale });
    this.#turn(first(back), { turns, shape: [n], inverse }, y);
    return y;
  }

  /** Each number of x times one, or its conjugate. */
  #turn(x: View, by: { turns: Numbers; shape: Shape; inverse: boolean }, to: View): void {
    const { turns: { re, im }, shape, inverse } = by, sign = inverse ? 1 : -1;
    const sines = Float64Array.from({ length: 2 * im.length }, (_, i) => (i % 2 ? -sign : sign) * im[i >> 1]);
    const cosine = this.given(re, [...shape, 1]), sine = this.given(sines, [...shape, 2]);
    runKernel(map, this.#backend, [x, exchanged(x), cosine, sine], [to], turning);
  }
}

/** Its largest divisor that a matrix is made for. */
function largestDivisor(n: number): number {
  for (let a = LARGEST; a > 1; a--) if (n % a === 0) return a;
  return 1;
}

function turnsOf({ re, im }: Numbers, count: number, power: (i: number) => number): Numbers {
  const at = Float64Array.from({ length: count }, (_, i) => power(i));
  return { re: at.map((k) => re[k]), im: at.map((k) => im[k]) };
}

/** Rows of real parts and imaginary ones by turns, columns too. */
function matrixOf(n: number, { inverse, scale }: Sums): Float64Array {
  const { re, im } = roots(n), matrix = new Float64Array(4 * n * n), sign = inverse ? -scale : scale;
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < n; k++) {
      const at = 4 * j * n + 2 * k, turn = j * k % n;
      matrix[at] = matrix[at + 2 * n + 1] = scale * re[turn];
      matrix[at + 1] = sign * im[turn];
      matrix[at + 2 * n] = -sign * im[turn];
    }
  }
  return matrix;
}

// Row-major elements by other extents, the axes in another order.
function split(view: View, shape: Shape, order = shape.map((_, i) => i)): View {
  const { strides } = contiguousLayout(shape);
  return viewThrough(view, {
    shape: order.map((i) => shape[i]),
    strides: order.map((i) => strides[i]),
    offset: view.offset,
  });
}

function exchanged(x: View): View {
  const last = x.strides.length - 1, step = x.strides[last];
  return viewThrough(x, { shape: x.shape, strides: x.strides.with(last, -step), offset: x.offset + step });
}

/** Writes the transform of pairs along an axis. */
export const transformOnDevice: NonNullable<HostOptions<FourierAttributes>["onDevice"]> = (
  backend,
  [x],
  [output],
  attributes,
) => {
  const { axis, ...sums } = attributes;
  const shop = new Workshop(backend, x), n = x.shape[axis], last = x.shape.length - 1;
  const order = [...x.shape.keys()].filter((i) => i !== axis && i !== last);
  const lanes = (view: View): View =>
    viewThrough(view, {
      shape: [...order, axis, last].map((i) => view.shape[i]),
      strides: [...order, axis, last].map((i) => view.strides[i]),
      offset: view.offset,
    });
  try {
    const from = lanes(x), work = shop.room([sizeOf(order.map((i) => x.shape[i])), n, 2]);
    shop.copy(from, split(work, from.shape));
    shop.copy(split(shop.transform(work, sums), from.shape), lanes(output));
  } finally {
    shop.release();
  }
};
