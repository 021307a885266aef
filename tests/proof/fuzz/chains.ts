/** Random chains of views, made alike on a tensor and on the naive model. */
import {
  type DType,
  moveAxis as moveAxisOf,
  narrow as narrowOf,
  type Range,
  slice as sliceTensor,
  type Tensor,
  tensor,
  unfold as unfoldOf,
} from "@tapegrad/core";
import fc from "fast-check";
import { precision } from "../../backend_traits.ts";
import * as naive from "./naive.ts";
import type { Dense } from "./naive.ts";

/** Takes choices, one after another, from a list of random numbers, and then from a generator. */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;
  #state = 1;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** An integer from 0 to n - 1. */
  below(n: number): number {
    return (this.#numbers[this.#next++] ?? this.#more()) % n;
  }

  // A linear congruence, whose high bits are good enough here.
  #more(): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) >>> 0;
    return this.#state >>> 8;
  }

  /** An integer from low to high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** One of several. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** An extent from 1 to 4, or once in a while 0. */
  extent(): number {
    return this.below(20) === 19 ? 0 : this.between(1, 4);
  }

  /** Integers 0 … n - 1 in some order. */
  order(n: number): number[] {
    const left = Array.from({ length: n }, (_, i) => i);
    return Array.from({ length: n }, () => left.splice(this.below(left.length), 1)[0]);
  }

  /** Some of the integers 0 … n - 1, ascending. */
  some(n: number): number[] {
    return Array.from({ length: n }, (_, i) => i).filter(() => this.below(2) === 1);
  }
}

/** The same array as a tensor and as the model has it, and how it was made. */
export interface Twin {
  readonly value: Tensor;
  readonly model: Dense;
  readonly story: string;
}

type Step = (x: Twin, c: Choices) => Twin;

function next(x: Twin, value: Tensor, [model, what]: readonly [Dense, string]): Twin {
  return { value, model, story: `${x.story}.${what}` };
}

const LARGEST = 300;

// Prime factors of the size dealt out over a random number of axes.
function anotherShape(shape: readonly number[], c: Choices): number[] {
  let left = shape.reduce((a, b) => a * b, 1);
  const out = new Array<number>(left === 1 ? c.below(4) : c.between(1, 4)).fill(1);
  if (left === 0) return out.map((_, i) => i === 0 ? 0 : c.between(0, 3));
  for (let p = 2; left > 1; p++) {
    for (; left % p === 0; left /= p) out[c.below(out.length)] *= p;
  }
  return out;
}

const reshape: Step = (x, c) => {
  const shape = anotherShape(x.model.shape, c), open = c.below(shape.length + 1);
  const asked = shape.includes(0) ? shape : shape.map((n, i) => i === open ? -1 : n);
  return next(x, x.value.reshape(asked), [naive.reshape(x.model, shape), `reshape([${asked}])`]);
};

const permute: Step = (x, c) => {
  const axes = c.order(x.model.shape.length), rank = axes.length;
  const asked = axes.map((axis) => c.below(2) ? axis : axis - rank);
  return next(x, x.value.permute(asked), [naive.permute(x.model, axes), `permute([${asked}])`]);
};

const expand: Step = (x, c) => {
  const size = x.model.data.length;
  const shape = x.model.shape.map((n) => n === 1 && size < LARGEST / 3 ? c.extent() : n);
  if (size < LARGEST / 3 && c.below(2)) shape.unshift(c.extent());
  const lead = shape.length - x.model.shape.length;
  const asked = shape.map((n, i) => i >= lead && n === x.model.shape[i - lead] && c.below(2) ? -1 : n);
  return next(x, x.value.expand(asked), [naive.expand(x.model, shape), `expand([${asked}])`]);
};

/** What Python's `range(n)[start:end:step]` holds, by walking. */
function positions(n: number, [start, end, step]: readonly [number | null, number | null, number]): number[] {
  const inside = (p: number) => p < 0 ? p + n : p;
  const all: number[] = [];
  if (step > 0) {
    const last = end === null ? n : Math.min(n, inside(end));
    for (let p = start === null ? 0 : Math.max(0, inside(start)); p < last; p += step) all.push(p);
  } else {
    const last = end === null ? -1 : Math.max(-1, inside(end));
    for (let p = start === null ? n - 1 : Math.min(n - 1, inside(start)); p > last; p += step) all.push(p);
  }
  return all;
}

const slice: Step = (x, c) => {
  const taken: number[][] = [], dropped: number[] = [], ranges: Range[] = [];
  x.model.shape.forEach((n, axis) => {
    const kind = c.below(4);
    if (kind === 1 && n > 0) {
      const i = c.below(n);
      ranges.push(c.below(2) ? i : i - n);
      taken.push([i]);
      dropped.push(axis);
    } else if (kind > 1) {
      const bound = () => c.below(3) === 0 ? c.between(-n - 2, n + 2) : null;
      const range = [bound(), bound(), c.of([1, -1, 2, -2, 3, -3])] as const;
      ranges.push(range);
      taken.push(positions(n, range));
    } else {
      ranges.push(null);
      taken.push(positions(n, [null, null, 1]));
    }
  });
  const model = naive.take(x.model, taken);
  const shape = model.shape.filter((_, axis) => !dropped.includes(axis));
  return next(x, sliceTensor(x.value, ...ranges), [
    naive.reshape(model, shape),
    `slice(${ranges.map((r) => JSON.stringify(r))})`,
  ]);
};

const flip: Step = (x, c) => {
  const axes = c.some(x.model.shape.length);
  const taken = x.model.shape.map((n, i) => positions(n, [null, null, axes.includes(i) ? -1 : 1]));
  return next(x, x.value.flip(axes), [naive.take(x.model, taken), `flip([${axes}])`]);
};

const unfold: Step = (x, c) => {
  const axes = x.model.shape.flatMap((n, i) => n > 0 ? [i] : []);
  if (axes.length === 0 || x.model.data.length > LARGEST / 3) return x;
  const axis = c.of(axes), size = c.between(1, x.model.shape[axis]), step = c.between(1, 3);
  const value = unfoldOf(x.value, axis, size, { step });
  return next(x, value, [naive.unfold(x.model, axis, { size, step }), `unfold(${axis}, ${size}, ${step})`]);
};

const narrow: Step = (x, c) => {
  const { shape } = x.model;
  if (shape.length === 0) return x;
  const axis = c.below(shape.length), start = c.below(shape[axis] + 1);
  const length = c.between(start < shape[axis] ? 1 - Number(c.below(20) === 19) : 0, shape[axis] - start);
  const taken = shape.map((n, i) => positions(n, i === axis ? [start, start + length, 1] : [null, null, 1]));
  return next(x, narrowOf(x.value, axis, start, length), [
    naive.take(x.model, taken),
    `narrow(${axis}, ${start}, ${length})`,
  ]);
};

const squeeze: Step = (x, c) => {
  const { shape } = x.model, axis = c.below(shape.length + 1);
  if (axis === shape.length) {
    return next(x, x.value.squeeze(), [naive.reshape(x.model, shape.filter((n) => n !== 1)), "squeeze()"]);
  }
  const left = shape[axis] === 1 ? shape.toSpliced(axis, 1) : shape;
  return next(x, x.value.squeeze(axis), [naive.reshape(x.model, left), `squeeze(${axis})`]);
};

const unsqueeze: Step = (x, c) => {
  const { shape } = x.model, axis = c.below(shape.length + 1);
  const asked = c.below(2) ? axis : axis - shape.length - 1;
  return next(x, x.value.unsqueeze(asked), [
    naive.reshape(x.model, shape.toSpliced(axis, 0, 1)),
    `unsqueeze(${asked})`,
  ]);
};

const moveAxis: Step = (x, c) => {
  const rank = x.model.shape.length;
  if (rank === 0) return x;
  const from = c.below(rank), to = c.below(rank);
  const others = x.model.shape.flatMap((_, i) => i === from ? [] : [i]), axes = others.toSpliced(to, 0, from);
  return next(x, moveAxisOf(x.value, from, to), [naive.permute(x.model, axes), `moveAxis(${from}, ${to})`]);
};

/** The steps that give a view whatever they are given. */
export const viewSteps: readonly Step[] = [
  permute,
  expand,
  slice,
  flip,
  unfold,
  narrow,
  squeeze,
  unsqueeze,
  moveAxis,
];

/** All steps: those and `reshape`, which copies where it has to. */
export const steps: readonly Step[] = [...viewSteps, reshape];

const extents = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** A shape of up to four axes and 120 elements, seldom an empty one. */
export const shapes: fc.Arbitrary<number[]> = fc.array(extents, { maxLength: 4, size: "max" })
  .filter((shape) => shape.reduce((a, b) => a * b, 1) <= 120);

/** Numbers to make choices from. */
export const numbers: fc.Arbitrary<number[]> = fc.array(fc.nat(2 ** 20), { minLength: 60, maxLength: 60 });

/** What the elements of a random array are. */
export interface Elements {
  /** The most precise one unless said. */
  readonly dtype?: DType;
  /** The next element; integers from -9 to 9 unless said, so that sums and products are exact. */
  readonly next?: (c: Choices) => number;
}

/** A tensor of a shape and its model, elements numbered from 0 unless given. */
export function twin(shape: readonly number[], data?: readonly number[], dtype: DType = precision): Twin {
  const given = data ?? naive.build(shape, () => 0).data.map((_, i) => i);
  const value = tensor(Float64Array.from(given), { dtype }).reshape(shape);
  return { value, model: { shape, data: given }, story: `[${shape}]` };
}

/** Up to `length` random steps from `x`. */
export function chain(x: Twin, c: Choices, length = 5): Twin {
  for (let left = c.below(length + 1); left > 0; left--) x = c.of(steps)(x, c);
  return x;
}

/** An array of a given shape whose tensor is strided at random: permuted, stepped, turned, offset, repeated. */
export function strided(shape: readonly number[], c: Choices, elements: Elements = {}): Twin {
  const { dtype = precision, next: element = (c) => c.between(-9, 9) } = elements;
  const repeats = shape.map(() => c.below(8) === 0);
  const jumps = shape.map(() => ({ step: c.of([1, 1, 2, -1, -2]), skip: c.below(2) }));
  const order = c.order(shape.length);
  const extents = shape.map((n, i) => repeats[i] && n > 0 ? 1 : n);
  const rooms = jumps.map(({ step, skip }, i) => extents[i] * Math.abs(step) + skip);
  const base = order.map((axis) => rooms[axis]), size = base.reduce((a, b) => a * b, 1);
  let x = twin(base, Array.from({ length: size }, () => element(c)), dtype);
  const back = order.map((_, i) => order.indexOf(i));
  x = next(x, x.value.permute(back), [naive.permute(x.model, back), `permute([${back}])`]);
  const taken = jumps.map(({ step, skip }, i) => {
    const up = Array.from({ length: extents[i] }, (_, k) => skip + k * Math.abs(step));
    return step < 0 ? up.reverse() : up;
  });
  const ranges = taken.map((p, i): Range => {
    if (p.length === 0) return [0, 0];
    const end = p.at(-1)! + jumps[i].step;
    return [p[0], end < 0 ? null : end, jumps[i].step];
  });
  x = next(x, sliceTensor(x.value, ...ranges), [
    naive.take(x.model, taken),
    `slice(${JSON.stringify(ranges)})`,
  ]);
  return next(x, x.value.expand(shape), [naive.expand(x.model, shape), `expand([${shape}])`]);
}
