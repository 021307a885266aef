/** The model that ops are held against: row-major arrays, an explicit index for every element, no strides. */

/** Numbers in a shape, row-major. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Position of an element along each axis. */
export type Index = readonly number[];

/** Every index of a shape in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, n) => all.flatMap((index) => Array.from({ length: n }, (_, i) => [...index, i])),
    [[]],
  );
}

/** The array whose element at each index `value` gives. */
export function build(shape: readonly number[], value: (index: Index) => number): Dense {
  return { shape, data: indices(shape).map(value) };
}

/** The element at an index. */
export function at({ shape, data }: Dense, index: Index): number {
  return data[shape.reduce((place, n, axis) => place * n + index[axis], 0)];
}

/** The same elements in another shape. */
export function reshape({ data }: Dense, shape: readonly number[]): Dense {
  return { shape, data };
}

/** Axis `i` of the result is axis `axes[i]` of the argument. */
export function permute(x: Dense, axes: readonly number[]): Dense {
  return build(axes.map((axis) => x.shape[axis]), (index) => {
    const from = new Array<number>(axes.length);
    axes.forEach((axis, i) => from[axis] = index[i]);
    return at(x, from);
  });
}

/** Repeated to a shape. */
export function expand(x: Dense, shape: readonly number[]): Dense {
  const lead = shape.length - x.shape.length;
  return build(shape, (index) => at(x, x.shape.map((n, i) => n === 1 ? 0 : index[i + lead])));
}

/** The elements at listed positions along each axis. */
export function take(x: Dense, positions: readonly (readonly number[])[]): Dense {
  return build(positions.map((p) => p.length), (index) => at(x, index.map((i, axis) => positions[axis][i])));
}

/** Windows of `size` every `step` along an axis, as a new last axis. */
export function unfold(x: Dense, axis: number, { size, step }: { size: number; step: number }): Dense {
  let count = 0;
  while (count * step + size <= x.shape[axis]) count++;
  return build([...x.shape.with(axis, count), size], (index) => {
    const inside = index[x.shape.length];
    return at(x, index.slice(0, -1).map((i, k) => k === axis ? i * step + inside : i));
  });
}

/** The shape that shapes broadcast to. */
export function common(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const extents = shapes.map((s) => s[i - rank + s.length] ?? 1);
    return extents.find((n) => n !== 1) ?? 1;
  });
}

/** A function of elements, broadcasting. */
export function map(fn: (...values: number[]) => number, ...inputs: Dense[]): Dense {
  const shape = common(inputs.map((x) => x.shape));
  const wide = inputs.map((x) => expand(x, shape));
  return { shape, data: wide[0].data.map((_, i) => fn(...wide.map((x) => x.data[i]))) };
}

/** `fold` of the elements, in row-major order, that axes run over. */
export function reduce(x: Dense, axes: readonly number[], fold: (values: number[]) => number): Dense {
  const kept = x.shape.map((n, i) => axes.includes(i) ? 1 : n);
  const over = indices(x.shape.map((n, i) => axes.includes(i) ? n : 1));
  const full = build(kept, (index) => fold(over.map((o) => at(x, index.map((i, k) => i + o[k])))));
  return reshape(full, x.shape.filter((_, i) => !axes.includes(i)));
}

/** A function of each lane along an axis that gives as many elements. */
export function lanes(x: Dense, axis: number, fn: (lane: number[]) => number[]): Dense {
  return build(x.shape, (index) => {
    const lane = Array.from({ length: x.shape[axis] }, (_, k) => at(x, index.with(axis, k)));
    return fn(lane)[index[axis]];
  });
}

/** Batched matrix product of operands of rank 2 or more, leading axes broadcasting. */
export function matmul(a: Dense, b: Dense): Dense {
  const lead = common([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const [x, y] = [expand(a, [...lead, m, k]), expand(b, [...lead, k, n])];
  return build([...lead, m, n], (index) => {
    const batch = index.slice(0, -2), [i, j] = index.slice(-2);
    let total = 0;
    for (let l = 0; l < k; l++) total += at(x, [...batch, i, l]) * at(y, [...batch, l, j]);
    return total;
  });
}

/** Arrays one after another along an axis. */
export function concat(parts: readonly Dense[], axis: number): Dense {
  const extent = parts.reduce((n, p) => n + p.shape[axis], 0);
  return build(parts[0].shape.with(axis, extent), (index) => {
    let left = index[axis], part = 0;
    while (left >= parts[part].shape[axis]) left -= parts[part++].shape[axis];
    return at(parts[part], index.with(axis, left));
  });
}

/** `value` before and behind along each axis. */
export function pad(x: Dense, widths: readonly (readonly [number, number])[], value: number): Dense {
  return build(x.shape.map((n, i) => n + widths[i][0] + widths[i][1]), (index) => {
    const from = index.map((i, axis) => i - widths[axis][0]);
    return from.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, from) : value;
  });
}

/** `x` at `index[…]` along an axis. */
export function gather(x: Dense, axis: number, index: Dense): Dense {
  return build(index.shape, (i) => at(x, i.with(axis, at(index, i))));
}

/** A copy of `x` in which each element of `source` meets the one that `index` names. */
export function scatter(
  x: Dense,
  axis: number,
  { index, source, combine }: { index: Dense; source: Dense; combine: (old: number, add: number) => number },
): Dense {
  const data = [...x.data];
  for (const i of indices(index.shape)) {
    const to = i.with(axis, at(index, i));
    const place = x.shape.reduce((p, n, k) => p * n + to[k], 0);
    data[place] = combine(data[place], at(source, i));
  }
  return { shape: x.shape, data };
}

/** An explicit sum over every letter of an equation with one result; extents of 1 repeat. */
export function einsum(equation: string, operands: readonly Dense[]): Dense {
  const [left, output] = equation.split("->");
  const terms = left.split(","), letters = [...new Set(left.replaceAll(",", ""))];
  const extent = (c: string) =>
    terms.flatMap((t, i) => [...t].flatMap((d, axis) => d === c ? [operands[i].shape[axis]] : []))
      .reduce((n, m) => n === 1 ? m : n);
  const free = [...output], summed = letters.filter((c) => !free.includes(c));
  const inner = indices(summed.map(extent));
  return build(free.map(extent), (index) => {
    let total = 0;
    for (const bound of inner) {
      const value = (c: string) => free.includes(c) ? index[free.indexOf(c)] : bound[summed.indexOf(c)];
      total += operands.reduce(
        (p, x, i) => p * at(x, [...terms[i]].map((c, axis) => x.shape[axis] === 1 ? 0 : value(c))),
        1,
      );
    }
    return total;
  });
}
