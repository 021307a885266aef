import * as tg from "@tapegrad/core";
import { read, type Tensor } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { precision } from "../../backend_traits.ts";
import { chain, Choices, shapes, strided, type Twin, twin } from "./chains.ts";
import { assertSame, hold, nonEmpty } from "./fuzz.ts";

/** A tensor of integers, so that inner products are exact. */
function integers(shape: readonly number[], c: Choices): Tensor {
  return strided(shape, c).value;
}

function inner(a: Tensor, b: Tensor): Tensor {
  return a.mul(b).sum();
}

function leafOf(x: Tensor): Tensor {
  const leaf = x.detach();
  leaf.requiresGrad = true;
  return leaf;
}

/** Two tensors that hold the same, and what was asked. */
type Pair = readonly [Tensor, Tensor, string];

/** Throws unless the pairs hold the same, after one read. */
async function assertAgree(pairs: readonly Pair[]): Promise<void> {
  const found = await read(pairs.flatMap(([a, b]) => [a, b]));
  pairs.forEach(([, , story], k) => assertEquals([...found[2 * k]], [...found[2 * k + 1]], story));
}

Deno.test("the gradient of a chain of views gathers what each element was seen as", () => {
  return hold({ seed: 11, cases: 800 }, shapes, (draws) =>
    assertSame(draws.map(([shape, list]) => {
      const c = new Choices(list), start = twin(shape), leaf = leafOf(start.value);
      const { value, model, story } = chain({ ...start, value: leaf }, c, 6);
      const ct = strided(value.shape, c), expected = start.model.data.map(() => 0);
      // Elements are numbered, so an element of the view tells where it came from.
      ct.model.data.forEach((v, i) => expected[model.data[i]] += v);
      value.backward({ gradient: ct.value });
      return { value: leaf.grad!, model: { shape, data: expected }, story };
    })));
});

type Linear = (x: Twin, c: Choices) => Tensor;

function someAxis(x: Tensor, c: Choices): number {
  return c.below(Math.max(1, x.rank));
}

function indexFor(x: Tensor, axis: number, c: Choices): Tensor {
  const shape = x.shape.map((n, i) => i === axis ? c.below(5) : c.between(0, n));
  return strided(shape, c, { dtype: "i32", next: (c) => c.below(x.shape[axis] ?? 1) }).value;
}

/** Linear functions of a view; each is held against its own gradient. */
const linear: Record<string, Linear> = {
  views: ({ value }) => value,
  contiguous: ({ value }) => value.contiguous(),
  pad: ({ value }, c) => tg.pad(value, value.shape.map(() => [c.below(3), c.below(3)] as const)),
  concat: ({ value }, c) => {
    if (value.rank === 0) return tg.stack([value, value]);
    const axis = someAxis(value, c);
    return tg.concat([value, tg.zeros(value.shape.with(axis, 2), { dtype: precision }), value], axis);
  },
  gather: ({ value }, c) => {
    const axis = someAxis(value, c);
    return value.size === 0 ? value : tg.gather(value, axis, indexFor(value, axis, c));
  },
  "scatterAdd into": ({ value }, c) => {
    if (value.size === 0) return value;
    const axis = someAxis(value, c);
    return tg.scatterAdd(value, axis, indexFor(value, axis, c), 0);
  },
  "scatterAdd of": ({ value }, c) => {
    const axis = someAxis(value, c), target = tg.zeros(value.shape, { dtype: precision });
    const index = strided(value.shape, c, { dtype: "i32", next: (c) => c.below(value.shape[axis] || 1) });
    return tg.scatterAdd(target, axis, index.value, value);
  },
  "scatter into": ({ value }, c) => {
    if (value.size === 0) return value;
    const axis = someAxis(value, c);
    return tg.scatter(value, axis, indexFor(value, axis, c), 0);
  },
  "scatter of": ({ value }, c) => {
    const axis = someAxis(value, c), n = value.shape[axis] ?? 1;
    const order = tg.tensor(c.order(n), { dtype: "i32" });
    const index = value.rank === 0 ? order.reshape([]) : order
      .reshape(value.shape.map((_, i) => i === axis ? n : 1)).expand(value.shape);
    return tg.scatter(tg.zeros(value.shape, { dtype: precision }), axis, index, value);
  },
  unfoldFold: ({ value }, c) => {
    if (value.rank === 0 || value.shape.includes(0)) return value;
    const axis = someAxis(value, c), extent = value.shape[axis];
    const [size, step] = [c.between(1, extent), c.between(1, 3)];
    return tg.fold(tg.unfold(value, axis, size, { step }), axis, { extent: extent + c.below(3), step });
  },
  sum: ({ value }, c) => value.sum(c.some(value.rank), { keepDims: c.below(2) === 1 }),
  cumsum: ({ value }, c) => value.cumsum(someAxis(value, c)),
  matmul: ({ value }, c) => {
    if (value.rank < 2) return value;
    const k = value.shape.at(-1)!;
    const lead = value.shape.slice(0, -2).map((n) => c.below(2) ? n : 1);
    return value.matmul(integers([...lead, k, 2], c)).transpose();
  },
  "matmul on the right": ({ value }, c) => {
    if (value.rank < 2) return value;
    return integers([c.between(1, 2), ...value.shape.slice(2).map(() => 1), 3, value.shape.at(-2)!], c)
      .matmul(value);
  },
  "a broadcast product": ({ value }, c) => {
    return value.mul(integers([c.between(1, 3), ...value.shape.map((n) => n === 1 ? 2 : n)], c));
  },
  "a sum of a product": ({ value }, c) => tg.einsum("...,...->", value, integers(value.shape, c)),
  tile: ({ value }, c) => tg.tile(value, value.shape.map(() => c.below(3))),
  roll: ({ value }, c) => tg.roll(value, c.between(-3, 3), someAxis(value, c)),
  tril: ({ value }, c) => value.rank < 2 ? value : tg.tril(value, c.between(-2, 2)),
  diagonal: ({ value }, c) => value.rank < 2 ? value : tg.diagonal(value, c.between(-2, 2)),
  diag: ({ value }, c) => value.rank === 1 ? tg.diag(value, c.between(-2, 2)) : value,
  where: ({ value }, c) => tg.where(integers(value.shape, c).greater(0), value, 0),
  "a sum with itself": ({ value }) => value.add(value.flip()).sub(value.mul(3)),
  "a cast there and back": ({ value }) => value.to("f32").mul(2).to(precision),
};

/** The two equations that hold for an op after a chain of views. */
function equations(op: Linear, shape: readonly number[], list: readonly number[]): Pair[] {
  let story = "";
  const apply = (x: Tensor) => {
    const c = new Choices(list), view = chain({ ...twin(shape), value: x }, c, 4);
    story = view.story;
    return op(view, c);
  };
  const c = new Choices(list.toReversed());
  const x = leafOf(integers(shape, c)), z = integers(shape, c), ax = apply(x);
  const y = leafOf(integers(ax.shape, c));
  ax.backward({ gradient: y, createGraph: true });
  const transposed = x.grad!;
  // Where nothing of x is seen, A and its adjoint are 0 and on no tape.
  if (transposed.requiresGrad) transposed.mul(z).sum().backward();
  return [[inner(ax, y), inner(x, transposed), story], [y.grad ?? y.zerosLike(), apply(z), story]];
}

for (const [name, op] of Object.entries(linear)) {
  Deno.test(`${name}: ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ and the derivative of Aᵀ y is A`, () =>
    hold(
      { seed: 11, cases: 120 },
      name === "views" ? shapes : nonEmpty,
      (draws) => assertAgree(draws.flatMap(([shape, list]) => equations(op, shape, list))),
    ));
}
