/** The rule of a primitive for batches, beside a loop over the batch. */
import {
  applyAll,
  type Backend,
  type Call,
  hostArray,
  type Layer,
  type Primitive,
  read,
  type Tensor,
} from "@tapegrad/core";
import { tensor, type TypedArray, withLayer } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import type { Given, Sample } from "./batch_rows.ts";

/** Where each input has its batch; `null` where it has none. */
export type Axes = readonly (number | null)[];

function attributesOf({ attributes }: Sample, backend: Backend): unknown {
  return typeof attributes === "function" ? attributes(backend) : attributes;
}

/** An input, with a batch of `size` along `axis` unless that is `null`; the same at each call. */
export function inputOf(given: Given, axis: number | null, size: number, seed: number): Tensor {
  const shape = axis === null ? given.shape : given.shape.toSpliced(axis, 0, size);
  const data = hostArray(given.dtype, shape.reduce((a, b) => a * b, 1));
  const { below, from = 0 } = given;
  for (let i = 0; i < data.length; i++) data[i] = from + (i * 7 + seed * 5 + (i >> 2)) % (below - from);
  return tensor(data, { dtype: given.dtype }).reshape(shape);
}

export function inputsOf({ inputs }: Sample, axes: Axes, size: number): Tensor[] {
  return inputs.map((given, i) => inputOf(given, axes[i], size, i));
}

function at(x: Tensor, axis: number | null, i: number): Tensor {
  return axis === null ? x : x.slice(...new Array(axis).fill(null), i);
}

function isSame(a: TypedArray, b: TypedArray): boolean {
  return a.length === b.length && a.every((x: number, i: number) => Object.is(x, b[i]));
}

/** What was found and what was wanted, of the call that it is about. */
export interface Comparison {
  readonly found: readonly Tensor[];
  readonly wanted: readonly Tensor[];
  readonly about: unknown;
}

/** What the rule gives for each element of the batch, and what the op does for it alone. */
export function byRule(
  op: Primitive,
  sample: Sample,
  axes: Axes,
  size: number,
  backend: Backend,
): Comparison {
  const attributes = attributesOf(sample, backend);
  const { outputs, axes: places } = op.batch(inputsOf(sample, axes, size), axes, attributes);
  const alone = Array.from({ length: size }, (_, i) => {
    const inputs = inputsOf(sample, axes, size).map((x, k) => at(x, axes[k], i));
    return applyAll(op, inputs, attributes);
  });
  const types = applyAll(op, inputsOf(sample, axes.map(() => null), 1), attributes);
  assertEquals(outputs.length, types.length);
  assertEquals(places.length, types.length);
  outputs.forEach((output, k) => {
    const axis = places[k], { shape, dtype } = types[k];
    assertEquals([output.shape, output.dtype], [
      axis === null ? shape : shape.toSpliced(axis, 0, size),
      dtype,
    ]);
  });
  const wanted = alone.flat();
  const found = alone.flatMap((_, i) => outputs.map((output, k) => at(output, places[k], i)));
  return { found, wanted, about: { inputs: sample.inputs, axes, size, attributes } };
}

/** Throws unless all that was found is what was wanted, bit for bit. */
export async function assertSame(comparisons: readonly Comparison[]): Promise<void> {
  const pairs = comparisons.flatMap(({ found, wanted, about }) =>
    wanted.map((want, i) => ({ have: found[i], want, about }))
  );
  const arrays = await read(pairs.flatMap(({ have, want }) => [have, want]));
  pairs.forEach(({ have, want, about }, i) => {
    assertEquals(have.shape, want.shape);
    const [a, b] = arrays.slice(2 * i, 2 * i + 2);
    if (!isSame(a, b)) throw new Error(`${a} instead of ${b}, of ${JSON.stringify(about, hideBackends)}`);
  });
}

function hideBackends(_key: string, value: unknown): unknown {
  return value !== null && typeof value === "object" && "kernels" in value ? "backend" : value;
}

/** Batches by the rules: ops inside see one element, and run on all of them. */
export class BatchLayer implements Layer {
  readonly #whole = new WeakMap<Tensor, { readonly all: Tensor; readonly axis: number }>();

  /** What stands for each element of a batch. */
  elementOf(all: Tensor, axis: number | null): Tensor {
    if (axis === null) return all;
    const one = at(all, axis, 0);
    this.#whole.set(one, { all, axis });
    return one;
  }

  /** All of a batch of `size`, along its first axis. */
  allOf(x: Tensor, size: number): Tensor {
    const found = this.#whole.get(x);
    if (!found) return x.expand([size, ...x.shape]);
    const { all, axis } = found;
    return all.permute([axis, ...all.shape.flatMap((_, i) => i === axis ? [] : [i])]);
  }

  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
    const batches = call.inputs.map((x) => this.#whole.get(x));
    if (batches.every((batch) => batch === undefined)) return next(call);
    const { outputs, axes } = (call.op as Primitive).batch(
      call.inputs.map((x, i) => batches[i]?.all ?? x),
      batches.map((batch) => batch?.axis ?? null),
      call.attributes,
    );
    return outputs.map((output, k) => this.elementOf(output, axes[k]));
  }
}

/** The same of the rule itself in a batch of 2, along the first axis of each input that has one. */
export function byRuleTwice(
  op: Primitive,
  sample: Sample,
  axes: Axes,
  backend: Backend,
): Comparison {
  const attributes = attributesOf(sample, backend), inner = 3, outer = 2, layer = new BatchLayer();
  const twice = (): Tensor[] =>
    sample.inputs.map((given, i) => {
      const axis = axes[i];
      if (axis === null) return inputOf(given, null, 1, i);
      return inputOf({ ...given, shape: given.shape.toSpliced(axis, 0, inner) }, 0, outer, i);
    });
  const elements = twice().map((x, i) => layer.elementOf(x, axes[i] === null ? null : 0));
  const { outputs, axes: places } = withLayer(layer, () => op.batch(elements, axes, attributes));
  const wholes = outputs.map((output) => layer.allOf(output, outer));
  const found: Tensor[] = [], wanted: Tensor[] = [];
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const alone = twice().map((x, k) => axes[k] === null ? x : at(at(x, 0, i), axes[k], j));
      wanted.push(...applyAll(op, alone, attributes));
      found.push(...wholes.map((whole, k) => at(at(whole, 0, i), places[k], j)));
    }
  }
  return { found, wanted, about: { twice: sample.inputs, axes, attributes } };
}
