/** Each op on a batch by vmap, beside a loop over the batch: values, gradients of each, and the gradient of all. */
import { isFloating, mul, read, stack, sum, type Tensor, vjp, vmap } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { precision } from "../../backend_traits.ts";
import { copied, here, inputsOf, type Row, sample } from "../../table/row.ts";
import { table, title } from "../../table/table.ts";

const SIZE = 3;

type Fn = (...inputs: Tensor[]) => Tensor[];
type Axes = readonly (number | null)[];

// The same elements in another order are as far from kinks, and in the domain.
function rolled(x: Tensor, by: number): Tensor {
  return x.reshape([-1]).roll(by).reshape(x.shape);
}

/** Each input alone and all together; those that are mapped have their batch first, last and in the middle by turns. */
function axesOf(inputs: readonly Tensor[]): Axes[] {
  const alone = inputs.map((x, i) => inputs.map((_, k) => k === i ? x.rank : null));
  return inputs.length === 1 ? [[0]] : [...alone, inputs.map((x, i) => i % 2 === 0 ? 0 : x.rank)];
}

/** The examples of a batch, and the batch. */
function batchOf(x: Tensor, axis: number | null): { each: Tensor[]; whole: Tensor } {
  if (axis === null) return { each: new Array(SIZE).fill(x), whole: x };
  const each = Array.from({ length: SIZE }, (_, i) => rolled(x, i));
  return { each, whole: stack(each, axis) };
}

async function assertAgree(
  found: readonly Tensor[],
  wanted: readonly Tensor[],
  about: string,
): Promise<void> {
  assertEquals(found.map((t) => [t.shape, t.dtype]), wanted.map((t) => [t.shape, t.dtype]), about);
  const arrays = await read([...found, ...wanted]), tolerance = precision === "f64" ? 1e-12 : 1e-5;
  found.forEach((_, k) => {
    const a = arrays[k], b = [...arrays[found.length + k]];
    const scale = Math.max(1e-3, ...b.filter(Number.isFinite).map(Math.abs));
    a.forEach((x: number, i: number) =>
      assert(
        Object.is(x, b[i]) || Math.abs(x - b[i]) <= tolerance * scale,
        `${about}: ${x} instead of ${b[i]}`,
      )
    );
  });
}

/** What is compared of one example: its outputs, and the gradients of its floating inputs. */
function withGradients(fn: Fn, differentiable: boolean): Fn {
  if (!differentiable) return fn;
  return (...inputs) => {
    const [ys, pull] = vjp(fn, ...inputs);
    const cts = ys.map((y, k) => isFloating(y.dtype) ? copied(sample(y.shape, { seed: 40 + k }), here) : y);
    return [...ys, ...pull(cts).filter((ct) => isFloating(ct.dtype))];
  };
}

function looped(fn: Fn, examples: readonly (readonly Tensor[])[]): Tensor[] {
  const each = Array.from({ length: SIZE }, (_, i) => fn(...examples.map((list) => list[i])));
  return each[0].map((_, k) => stack(each.map((outputs) => outputs[k])));
}

/** The gradient of one number that all examples make together. */
function gradientOfAll(outputs: (...inputs: Tensor[]) => Tensor[], inputs: readonly Tensor[]): Tensor[] {
  const total: Fn = (...xs) => {
    const floating = outputs(...xs).filter((y) => isFloating(y.dtype));
    return [
      floating.map((y, k) => sum(mul(y, copied(sample(y.shape, { seed: 60 + k }), here)))).reduce((a, b) =>
        a.add(b)
      ),
    ];
  };
  const [[y], pull] = vjp(total, ...inputs);
  return pull([y.onesLike()]).filter((ct) => isFloating(ct.dtype));
}

async function check(row: Row, axes: Axes): Promise<void> {
  const fn: Fn = (...inputs) => [row.call(...inputs)].flat();
  const batches = inputsOf(row).map((x, i) => batchOf(x, axes[i]));
  const wholes = batches.map(({ whole }) => whole), examples = batches.map(({ each }) => each);
  const flows = row.why === undefined, about = `${title(row)}, batches along ${JSON.stringify(axes)}`;
  const one = withGradients(fn, flows);
  await assertAgree(vmap(one, { inAxes: axes })(...wholes), looped(one, examples), about);
  if (!flows) return;
  const mapped = gradientOfAll(vmap(fn, { inAxes: axes }), wholes);
  const loop = gradientOfAll((...xs) => looped(fn, xs.map((x, i) => elements(x, axes[i]))), wholes);
  await assertAgree(mapped, loop, `gradient of all of ${about}`);
}

function elements(x: Tensor, axis: number | null): Tensor[] {
  if (axis === null) return new Array(SIZE).fill(x);
  return Array.from({ length: SIZE }, (_, i) => x.slice(...new Array(axis).fill(null), i));
}

for (const row of table) {
  Deno.test(`batches of ${title(row)}`, async () => {
    for (const axes of axesOf(inputsOf(row))) if (axes.length > 0) await check(row, axes);
  });
}

// A sample of the ops: every eleventh.
for (const row of table.filter((row, i) => i % 11 === 0 && inputsOf(row).length > 0)) {
  Deno.test(`batches of batches of ${title(row)}`, async () => {
    const fn: Fn = (...inputs) => [row.call(...inputs)].flat(), axes = inputsOf(row).map(() => 0);
    const twice = inputsOf(row).map((x) => stack([batchOf(x, 0).whole, batchOf(rolled(x, 2), 0).whole]));
    const found = vmap(vmap(fn))(...twice);
    const loop = [0, 1].map((i) => looped(fn, twice.map((x, k) => elements(x.slice(i), axes[k]))));
    await assertAgree(found, loop[0].map((_, k) => stack(loop.map((outputs) => outputs[k]))), title(row));
  });
}
