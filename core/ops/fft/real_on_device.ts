/** Transforms of real numbers on devices whose elements the host cannot reach: of an even length as half as many complex ones. */
import { contiguousLayout } from "../../base/layout.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Backend, View } from "../../device/backend.ts";
import type { HostOptions } from "../../primitives/host.ts";
import { viewThrough } from "../../primitives/map.ts";
import { roots } from "./circle.ts";
import { Workshop } from "./on_device.ts";
import type { RealFourierAttributes } from "./real_on_host.ts";

type OnDevice = NonNullable<HostOptions<RealFourierAttributes>["onDevice"]>;

/** The factors of re and im that give the two parts of a number, in k. */
type Factors = (cosine: number, sine: number) => readonly [number, number];

// By turns, of each k below a count: cosine and sine are those of 2πk/n.
function table(count: number, { n, inner }: RealFourierAttributes, factors: Factors): Float64Array {
  const { re, im } = roots(n), pairs = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const times = k === 0 || 2 * k === n ? 1 : inner;
    pairs.set(factors(re[k], -im[k]).map((factor) => times * factor), 2 * k);
  }
  return pairs;
}

function rows(view: View, shape: Shape): View {
  return viewThrough(view, { ...contiguousLayout(shape), offset: view.offset });
}

// [batch, from, 2] from the k-th number on, backwards if so.
function numbersFrom(view: View, first: number, count: number, isBack = false): View {
  const [, pairs, parts] = view.strides, [batch] = view.shape;
  return viewThrough(view, {
    shape: [batch, count, 2],
    strides: [view.strides[0], isBack ? -pairs : pairs, parts],
    offset: view.offset + first * pairs,
  });
}

/** Views of elements with an axis after the others; that of parts stays the last. */
function lanes(view: View, axis: number, rank: number): View {
  const order = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const all = [...order, axis, ...(view.shape.length > rank ? [rank] : [])];
  return viewThrough(view, {
    shape: all.map((i) => view.shape[i]),
    strides: all.map((i) => view.strides[i]),
    offset: view.offset,
  });
}

// Of pairs of neighbours: see parted() in real_on_host.ts. What cancels at either end is added up first, and is 0.
function halfOfPairs(shop: Workshop, x: View, attributes: RealFourierAttributes): View {
  const { n, inverse, scale } = attributes, m = n / 2, [batch] = x.shape, g = inverse ? -0.5 : 0.5;
  const whole = shop.room([batch, m + 1, 2]), y = shop.room([batch, m + 1, 2]);
  const z = shop.transform(rows(x, [batch, m, 2]), { inverse: false, scale });
  shop.copy(z, numbersFrom(whole, 0, m));
  shop.copy(numbersFrom(z, 0, 1), numbersFrom(whole, m, 1));
  const tables = [
    table(m + 1, attributes, (_, sine) => [0.5 * (1 - sine), g * (1 - sine)]),
    table(m + 1, attributes, (cosine) => [0.5 * cosine, -g * cosine]),
    table(m + 1, attributes, (_, sine) => [0.5 * (1 + sine), -g * (1 + sine)]),
    table(m + 1, attributes, (cosine) => [0.5 * cosine, g * cosine]),
  ];
  shop.mix(whole, numbersFrom(whole, m, m + 1, true), tables, y);
  return y;
}

// See joined() there. At the ends imaginary parts count for nothing, and real ones twice as much.
function pairsOfHalf(shop: Workshop, x: View, attributes: RealFourierAttributes): View {
  const { n, inverse, scale } = attributes, m = n / 2, [batch] = x.shape, g = inverse ? 0.5 : -0.5;
  const mixed = shop.room([batch, m, 2]);
  const tables = [
    table(m, attributes, (_, sine) => [0.5 * (1 - sine), g * (1 - sine)]),
    table(m, attributes, (cosine) => [-g * cosine, 0.5 * cosine]),
    table(m, attributes, (_, sine) => [0.5 * (1 + sine), -g * (1 + sine)]),
    table(m, attributes, (cosine) => [-g * cosine, -0.5 * cosine]),
  ];
  [[1, 0], [0, 1], [1, 0], [0, -1]].forEach((ends, i) => tables[i].set(ends));
  shop.mix(numbersFrom(x, 0, m), numbersFrom(x, m, m, true), tables, mixed);
  return rows(shop.transform(mixed, { inverse: true, scale }), [batch, n]);
}

// Parts of pairs, as [batch, n].
function realsOf(z: View): View {
  return viewThrough(z, { shape: z.shape.slice(0, 2), strides: z.strides.slice(0, 2), offset: z.offset });
}

function halfOfNumbers(shop: Workshop, x: View, attributes: RealFourierAttributes): View {
  const { n, inverse, scale } = attributes, [batch] = x.shape, h = (n >> 1) + 1;
  const z = shop.room([batch, n, 2]), half = shop.room([batch, h, 2]);
  shop.clear(z);
  shop.copy(x, realsOf(z));
  // A convolution leaves a rounding where the sum is real.
  const counts = table(h, attributes, (cosine) => cosine === 1 ? [1, 0] : [1, 1]);
  shop.scale(numbersFrom(shop.transform(z, { inverse, scale }), 0, h), counts, half);
  return half;
}

function numbersOfHalf(shop: Workshop, x: View, attributes: RealFourierAttributes): View {
  const { n, inverse, scale } = attributes, [batch, h] = x.shape, z = shop.room([batch, n, 2]);
  shop.clear(z);
  shop.scale(x, table(h, attributes, () => [1, 1]), numbersFrom(z, 0, h));
  return realsOf(shop.transform(z, { inverse, scale }));
}

function inWorkshop(
  backend: Backend,
  x: View,
  y: View,
  { axis }: RealFourierAttributes,
  run: (shop: Workshop, x: View) => View,
): void {
  const shop = new Workshop(backend, x), rank = Math.min(x.shape.length, y.shape.length);
  try {
    const from = lanes(x, axis, rank),
      to = lanes(y, axis, rank),
      batch = sizeOf(from.shape.slice(0, rank - 1));
    const flat = shop.room([batch, ...from.shape.slice(rank - 1)]);
    shop.copy(from, rows(flat, from.shape));
    const found = run(shop, flat), flatTo = shop.room([batch, ...to.shape.slice(rank - 1)]);
    shop.copy(found, flatTo);
    shop.copy(rows(flatTo, to.shape), to);
  } finally {
    shop.release();
  }
}

/** Writes half of the spectrum of real numbers. */
export const realsOnDevice: OnDevice = (backend, [x], [y], attributes) => {
  const half = attributes.n % 2 === 0 ? halfOfPairs : halfOfNumbers;
  inWorkshop(backend, x, y, attributes, (shop, lanes) => half(shop, lanes, attributes));
};

/** Writes the real numbers of half of a spectrum. */
export const halvesOnDevice: OnDevice = (backend, [x], [y], attributes) => {
  const reals = attributes.n % 2 === 0 ? pairsOfHalf : numbersOfHalf;
  inWorkshop(backend, x, y, attributes, (shop, lanes) => reals(shop, lanes, attributes));
};
