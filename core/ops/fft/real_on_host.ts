/** Transforms of real numbers on the host, in double precision: of an even length as half as many complex ones. */
import { Recent } from "../../base/recent.ts";
import { sizeOf } from "../../base/shape.ts";
import type { HostElements, HostKernel } from "../../primitives/host.ts";
import { type Numbers, numbers, roots } from "./circle.ts";
import type { FourierAttributes } from "./on_host.ts";
import { type Plan, planFor } from "./plan.ts";

/**
 * As for complex numbers, and of how many real ones.
 *
 * @category Fourier transforms
 */
export interface RealFourierAttributes extends FourierAttributes {
  /** How many real numbers there are. */
  readonly n: number;
  /** What pairs between the ends of half a spectrum are multiplied by: 2 where they count for their mirror images too. */
  readonly inner: number;
}

/** From the transform of pairs to half of a spectrum, or back, in place. */
type Half = (x: Numbers, turns: Numbers) => void;

const KEPT = 8, LONGEST_KEPT = 2 ** 18;
const kept = /* @__PURE__ */ new Recent<number, Numbers>(KEPT);

function turnsOf(n: number): Numbers {
  const turns = kept.get(n) ?? roots(n);
  if (n <= LONGEST_KEPT) kept.set(n, turns);
  return turns;
}

/**
 * The transform of n real numbers, of the m = n/2 complex numbers that those of even and of odd places make together:
 * E[k] and O[k], the transforms of either, are what Z[k] and the conjugate of Z[m - k] have in common and not, and
 * X[k] = E[k] + e^(-2πi·k/n)·O[k].
 */
const parted: Half = ({ re, im }, turns) => {
  const m = re.length - 1, first = re[0], second = im[0];
  for (let k = 1, j = m - 1; k <= j; k++, j--) {
    const er = (re[k] + re[j]) / 2, ei = (im[k] - im[j]) / 2;
    const or = (im[k] + im[j]) / 2, oi = (re[j] - re[k]) / 2;
    const tr = or * turns.re[k] - oi * turns.im[k], ti = or * turns.im[k] + oi * turns.re[k];
    re[k] = er + tr;
    im[k] = ei + ti;
    re[j] = er - tr;
    im[j] = ti - ei;
  }
  re[0] = first + second;
  re[m] = first - second;
  im[0] = im[m] = 0;
};

// Its adjoint: what is not at an end counts once here, so half of it stands for it and half for what mirrors it.
const joined: Half = ({ re, im }, turns) => {
  const m = re.length - 1, first = re[0] + re[m];
  im[0] = re[0] - re[m];
  re[0] = first;
  for (let k = 1, j = m - 1; k <= j; k++, j--) {
    const er = (re[k] + re[j]) / 2, ei = (im[k] - im[j]) / 2;
    const dr = (re[k] - re[j]) / 2, di = (im[k] + im[j]) / 2;
    const or = dr * turns.re[k] + di * turns.im[k], oi = di * turns.re[k] - dr * turns.im[k];
    re[k] = er - oi;
    im[k] = ei + or;
    re[j] = er + oi;
    im[j] = or - ei;
  }
};

/** Where elements lie: that of a lane's first real number, that of its first pair, and between neighbours along the axis. */
type Places = (real: number, pair: number, step: number) => void;

function eachLane(reals: HostElements, axis: number, run: Places): void {
  const n = reals.shape[axis], step = sizeOf(reals.shape.slice(axis + 1)), half = (n >> 1) + 1;
  for (let outer = 0; outer * n * step < reals.data.length; outer++) {
    for (let inner = 0; inner < step; inner++) {
      run(outer * n * step + inner, 2 * (outer * half * step + inner), step);
    }
  }
}

/** How a lane is computed: by a transform of pairs of its numbers, or of numbers without imaginary parts. */
class Lane {
  readonly isPaired: boolean;
  /** As many as are transformed, and one more. */
  readonly all: Numbers;
  readonly #some: Numbers;
  readonly #turns: Numbers;
  readonly #plan: Plan;

  constructor(n: number) {
    this.isPaired = n % 2 === 0;
    const count = this.isPaired ? n / 2 : n;
    this.all = numbers(count + 1);
    this.#some = { re: this.all.re.subarray(0, count), im: this.all.im.subarray(0, count) };
    this.#turns = this.isPaired ? turnsOf(n) : this.#some;
    this.#plan = planFor(count);
  }

  toHalf(): void {
    this.#plan(this.#some);
    if (this.isPaired) parted(this.all, this.#turns);
    else this.all.im[0] = 0;
  }

  toReals(): void {
    if (this.isPaired) joined(this.all, this.#turns);
    this.#plan({ re: this.#some.im, im: this.#some.re });
  }

  clear(): void {
    if (this.isPaired) return;
    this.all.re.fill(0);
    this.all.im.fill(0);
  }
}

/** The transform of each lane of n real numbers: the first half of the spectrum, as pairs. */
export const realsOnHost: HostKernel<RealFourierAttributes> = (
  [x],
  [y],
  { axis, n, inverse, scale, inner },
) => {
  const lane = new Lane(n), { re, im } = lane.all, half = (n >> 1) + 1, count = lane.isPaired ? n / 2 : n;
  eachLane(x, axis, (real, pair, step) => {
    const apart = lane.isPaired ? 2 * step : step;
    lane.clear();
    for (let k = 0, at = real; k < count; k++, at += apart) re[k] = x.data[at];
    if (lane.isPaired) { for (let k = 0, at = real + step; k < count; k++, at += apart) im[k] = x.data[at]; }
    lane.toHalf();
    for (let k = 0, at = pair; k < half; k++, at += 2 * step) {
      const factor = k === 0 || 2 * k === n ? scale : inner * scale;
      y.data[at] = re[k] * factor;
      y.data[at + 1] = (inverse ? 0 - im[k] : im[k]) * factor;
    }
  });
};

/** x[j] = scale·Σ Re(X[k]·e^(∓2πi·jk/n)) over half of a spectrum: the adjoint of the other. */
export const halvesOnHost: HostKernel<RealFourierAttributes> = (
  [x],
  [y],
  { axis, n, inverse, scale, inner },
) => {
  const lane = new Lane(n), { re, im } = lane.all, half = (n >> 1) + 1, count = lane.isPaired ? n / 2 : n;
  eachLane(y, axis, (real, pair, step) => {
    const apart = lane.isPaired ? 2 * step : step;
    lane.clear();
    for (let k = 0, at = pair; k < half; k++, at += 2 * step) {
      const factor = k === 0 || 2 * k === n ? 1 : inner;
      re[k] = x.data[at] * factor;
      im[k] = inverse ? x.data[at + 1] * factor : -x.data[at + 1] * factor;
    }
    lane.toReals();
    for (let k = 0, at = real; k < count; k++, at += apart) y.data[at] = re[k] * scale;
    if (lane.isPaired) {
      for (let k = 0, at = real + step; k < count; k++, at += apart) y.data[at] = im[k] * scale;
    }
  });
};
