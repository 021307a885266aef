/** Random functions, called and compiled: values, gradients and changes in place are the same. */
import {
  compile,
  matmul,
  maximum,
  noGrad,
  read,
  scope,
  softmax,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { backend, precision, within } from "../../backend_traits.ts";
import { Choices, numbers, steps } from "./chains.ts";

/** What a function is made of: tensors so far, the last of which it goes on with most often. */
type Pool = Tensor[];

const unary: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x.mul(2),
  (x) => x.add(0.5),
  (x) => x.neg(),
  (x) => x.mul(1),
  (x) => x.tanh(),
  (x) => x.sin(),
  (x) => x.abs(),
  (x) => x.relu(),
  (x) => x.mul(x),
  (x) => x.mul(0.5).exp().add(1).log(),
  (x) => x.detach(),
  (x) => x.gt(0).where(x, x.mul(0.1)) as Tensor,
  (x) => x.contiguous(),
  (x) => x.to("f32").to(x.dtype),
];

function axisOf({ rank }: Tensor, c: Choices): number {
  return c.below(rank);
}

const reducing: readonly ((x: Tensor, c: Choices) => Tensor)[] = [
  (x, c) => x.sum(axisOf(x, c)),
  (x, c) => x.mean(axisOf(x, c), { keepDims: true }),
  (x, c) => x.max(axisOf(x, c)) as Tensor,
  (x, c) => softmax(x, axisOf(x, c)),
  (x, c) => {
    const axis = axisOf(x, c), shifted = x.sub(x.max(axis, { keepDims: true }) as Tensor).exp();
    return shifted.div(shifted.sum(axis, { keepDims: true }));
  },
];

// A view, as the fuzzer of views takes it.
function viewed(x: Tensor, c: Choices): Tensor {
  const model = { shape: x.shape, data: new Array<number>(x.size).fill(0) };
  const { value } = c.of(steps)({ value: x, model, story: "" }, c);
  return value.size > 0 && value.size <= 400 && value.rank <= 5 ? value : x;
}

function meeting(x: Tensor, others: Pool, c: Choices): Tensor {
  const fits = others.filter(({ shape }) => {
    const n = Math.min(shape.length, x.rank);
    return shape.slice(shape.length - n).every((extent, i) => {
      const here = x.shape[x.rank - n + i];
      return extent === here || extent === 1 || here === 1;
    });
  });
  const other = c.of(fits.length > 0 ? fits : [x]), kind = c.below(4);
  const y = kind === 0
    ? x.add(other)
    : kind === 1
    ? x.mul(other)
    : kind === 2
    ? other.sub(x)
    : maximum(x, other);
  return y.size <= 400 ? y : x;
}

function product(x: Tensor, c: Choices): Tensor {
  if (x.rank !== 2) return x;
  return c.below(2) ? matmul(x, x.t()) : matmul(x.t(), x.contiguous()).mul(0.5);
}

function next(pool: Pool, c: Choices): Tensor {
  const x = c.below(3) === 0 ? c.of(pool) : pool.at(-1)!, kind = c.below(16);
  if (kind < 5) return c.of(unary)(x);
  if (kind < 8) return meeting(x, pool, c);
  if (kind < 12) return viewed(x, c);
  if (kind < 13) return product(x, c);
  return x.rank > 0 ? c.of(reducing)(x, c) : x.tanh();
}

interface World {
  readonly w: Tensor;
  readonly state: Tensor;
}

/** A function of what is drawn: gradients to w, changes of w and of a state, results. */
function functionOf(list: readonly number[], { w, state }: World): (x: Tensor, rate: number) => Tensor[] {
  return (x, rate) => {
    const c = new Choices(list), pool: Pool = [x, w];
    w.setGrad(null);
    for (let left = c.between(3, 14); left > 0; left--) {
      const y = next(pool, c);
      pool.push(y.tanh === undefined ? x : y);
      if (c.below(8) === 0) {
        noGrad(() => state.assign(state.mul(0.5).add(pool.at(-1)!.detach().sum().mul(0.1).tanh())));
      }
      if (c.below(10) === 0) pool.push(state.add(0));
    }
    const last = pool.at(-1)!, loss = last.mul(last).mean().add(w.sum().mul(rate));
    loss.backward();
    const step = w.grad!.tanh().mul(rate);
    noGrad(() => w.assign(c.below(2) ? w.sub(step) : w.sub(step).flip(0)));
    return [loss.detach(), last.detach(), ...c.below(2) ? [c.of(pool).detach()] : []];
  };
}

const CALLS = 4;

async function run(list: readonly number[], isCompiled: boolean): Promise<[number[][], boolean]> {
  const [rows, columns] = [2 + list[0] % 4, 1 + list[1] % 6], dtype = precision;
  const numbersOf = (n: number, phase: number): number[] =>
    Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + phase));
  const make = (phase: number): Tensor =>
    tensor(numbersOf(rows * columns, phase), { dtype }).reshape([rows, columns]);
  const world = { w: variable(make(1)), state: make(2).contiguous() };
  const fn = functionOf(list.slice(2), world), compiled = compile(fn), called = isCompiled ? compiled : fn;
  const found: Tensor[] = [];
  for (let i = 0; i < CALLS; i++) {
    const results = scope(() => called(make(3 + i).contiguous(), 0.1 * (i + 1)));
    found.push(...results, world.w.grad!);
  }
  const arrays = await read([...found, world.w, world.state]);
  return [arrays.map((array) => Array.from(array)), compiled.programs.length > 0];
}

function assertNear(found: readonly number[][], expected: readonly number[][], story: string): void {
  assertEquals(found.length, expected.length, story);
  expected.forEach((elements, k) => {
    const most = within(1e-7, 2e-3) *
      Math.max(1, ...elements.map((x) => Number.isFinite(x) ? Math.abs(x) : 0));
    const wrong = elements.findIndex((x, i) => {
      const y = found[k][i];
      return !(Object.is(x, y) || Math.abs(x - y) <= most || (x !== x && y !== y));
    });
    assert(wrong < 0, `${story}: tensor ${k} has ${found[k][wrong]} for ${elements[wrong]} at ${wrong}`);
  });
}

const cases = backend.synchronous ? 150 : 25;

Deno.test(`${cases} random functions do compiled what they do when called`, async () => {
  let compiled = 0;
  await fc.assert(
    fc.asyncProperty(numbers, async (list) => {
      const [expected] = await run(list, false), [found, isCompiled] = await run(list, true);
      compiled += Number(isCompiled);
      assertNear(found, expected, `numbers ${list}`);
    }),
    { seed: 16, numRuns: cases },
  );
  assert(compiled > cases / 2, `${compiled} of ${cases} became programs`);
});
