/** Backends that are wrong in one thing each, which the suite must find out. */
import {
  type Backend,
  e,
  input,
  isContiguous,
  isFloating,
  type Kernel,
  kernelTable,
  type PrimitiveKernels,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import * as kernels from "../../backends/conformance/kernels.ts";
import { cpuElements, createCpuBackend } from "@tapegrad/backends/cpu";

/** The kernels as {@link kernels} calls them, without the backend. */
type Handy = {
  [N in keyof typeof kernels]: (typeof kernels)[N] extends (backend: Backend, ...rest: infer R) => void
    ? (...rest: R) => void
    : never;
};

/** A fault, and the rows that it must show in. */
export interface Fault {
  readonly name: string;
  readonly ops: readonly string[];
  /** Members that take the place of those of a sound backend. */
  readonly change: (sound: Backend & Handy) => Partial<Backend & Handy>;
}

/** A sound backend but for its fault. */
export function broken({ name, change }: Fault): Backend {
  const sound = createCpuBackend({ name });
  const changed = change(new Proxy(sound, { get: (_, key) => handyOr(sound, key) }) as Backend & Handy);
  const table = new Map([...sound.kernels, ...tableOf(changed, sound)]);
  return new Proxy(sound, {
    get(target, key): unknown {
      if (key === "kernels") return table;
      const owner = key in changed ? changed : target, value = Reflect.get(owner, key);
      // Private members are on the backend itself.
      return typeof value === "function" ? value.bind(owner) : value;
    },
  });
}

function handyOr(sound: Backend, key: string | symbol): unknown {
  if (key in kernels) {
    const call = kernels[key as keyof Handy] as (backend: Backend, ...rest: unknown[]) => void;
    // The sound kernels, which those of the broken backend do not replace.
    return (...rest: unknown[]) => call(sound, ...rest);
  }
  const value = Reflect.get(sound, key);
  return typeof value === "function" ? value.bind(sound) : value;
}

function tableOf(changed: Partial<Handy>, sound: Backend): Map<string, Kernel> {
  const { map, mapAll, reduce, matmul, gather, scatter, fold, cumulate, argsort, iota } = changed;
  const table: Partial<PrimitiveKernels> = {
    map: (map ?? mapAll) && ((inputs, outputs, { exprs }) => {
      if (map && exprs.length === 1) map(exprs[0], inputs, outputs[0]);
      else if (mapAll) mapAll(exprs, inputs, outputs);
      else kernels.mapAll(sound, exprs, inputs, outputs);
    }),
    reduce: reduce && ((inputs, [output], { kind, expr, axes }) => reduce(kind, expr, inputs, axes, output)),
    matmul: matmul && (([a, b], [output]) => matmul(a, b, output)),
    gather: gather && (([x, index], [output], { axis }) => gather(x, axis, index, output)),
    scatter: scatter && (([x, index, source], [output], { kind, axis }) => {
      if (x.buffer !== output.buffer) kernels.map(sound, input(0), [x], output);
      scatter(kind, axis, index, source, output);
    }),
    fold: fold && (([x], [output], { axis, step }) => fold(x, axis, step, output)),
    cumulate: cumulate &&
      ((inputs, [output], { kind, axis, reverse }) => cumulate(kind, inputs, axis, reverse, output)),
    argsort: argsort && (([x], [output], { axis, descending }) => argsort(x, axis, descending, output)),
    iota: iota && ((_inputs, [output]) => iota(output)),
  };
  return kernelTable(Object.fromEntries(Object.entries(table).filter(([, kernel]) => kernel !== undefined)));
}

function fault(name: string, ops: string, change: Fault["change"]): Fault {
  return { name, ops: ops.split(" "), change };
}

/** Changes what a kernel has written. */
function afterwards(output: View, change: (x: number) => number): void {
  const elements = cpuElements(output);
  if (isContiguous(output)) elements.forEach((x: number, i: number) => elements[i] = change(x));
}

/** The same elements in memory of their own, changed. */
function copied(view: View, change: (x: number) => number): View {
  return { ...view, buffer: cpuElements(view).map(change) as TypedArray };
}

const reductions: readonly Fault[] = [
  fault("sums 100 ULP too large", "reduce.sum", (sound) => ({
    reduce(kind, expr, inputs, axes, output): void {
      sound.reduce(kind, expr, inputs, axes, output);
      if (kind === "sum" && output.dtype === "f32") afterwards(output, (x) => x * (1 + 100 * 2 ** -23));
    },
  })),
  fault("sums in one running total", "reduce.sum", (sound) => ({
    reduce(kind, expr, inputs, axes, output): void {
      sound.reduce(kind, expr, inputs, axes, output);
      const [x] = inputs;
      if (kind !== "sum" || x.shape.length !== 1 || x.dtype !== "f32" || expr !== input(0)) return;
      afterwards(output, () => [...cpuElements(x)].reduce((a, b) => Math.fround(a + b), 0));
    },
  })),
  fault("a maximum that passes NaN over", "reduce.max", (sound) => ({
    reduce(kind, expr, inputs, axes, output): void {
      const known = isFloating(output.dtype) ? e.select(e.isNaN(expr), -1e4, expr) : expr;
      sound.reduce(kind, kind === "max" ? known : expr, inputs, axes, output);
    },
  })),
  fault("integer sums that do not wrap", "reduce.sum", (sound) => ({
    reduce(kind, expr, inputs, axes, output): void {
      sound.reduce(kind, expr, inputs, axes, output);
      if (kind === "sum" && output.dtype === "i32") afterwards(output, (x) => Math.abs(x));
    },
  })),
];

const maps: readonly Fault[] = [
  fault("-0 lost", "neg copy fill", (sound) => ({
    map(expr, inputs, output): void {
      sound.map(expr, inputs, output);
      afterwards(output, (x) => x === 0 ? 0 : x);
    },
  })),
  fault("subnormal numbers lost", "copy mul", (sound) => ({
    map(expr, inputs, output): void {
      sound.map(expr, inputs, output);
      if (output.dtype === "f32") afterwards(output, (x) => Math.abs(x) < 2 ** -126 ? 0 * x : x);
    },
  })),
  fault("strides passed over", "map copy", (sound) => ({
    map: (expr, inputs, output) =>
      sound.map(expr, inputs.map((x) => ({ ...x, strides: output.strides })), output),
  })),
  fault("an element beside the output", "map copy", (sound) => ({
    map(expr, inputs, output): void {
      sound.map(expr, inputs, output);
      if (!isContiguous(output)) cpuElements(output)[output.offset + output.strides[1] - 1] = 3;
    },
  })),
  fault("an output cleared before inputs are read", "map", (sound) => ({
    map(expr, inputs, output): void {
      if (inputs.length === 2) sound.map(e.constant(0), [], output);
      sound.map(expr, inputs, output);
    },
  })),
  fault("outputs of one map stored before the next is computed", "map", (sound) => ({
    mapAll: (exprs, inputs, outputs) => exprs.forEach((expr, k) => sound.map(expr, inputs, outputs[k])),
  })),
  fault("tanh 40 ULP off", "tanh perceptron", (sound) => ({
    map(expr, inputs, output): void {
      sound.map(expr, inputs, output);
      if (expr.fn?.name === "tanh" && output.dtype === "f32") {
        afterwards(output, (x) => x * (1 + 40 * 2 ** -23));
      }
    },
  })),
];

const positions: readonly Fault[] = [
  fault("gather one off", "gather takeAlongAxis", (sound) => ({
    gather: (x, axis, index, output) =>
      sound.gather(x, axis, copied(index, (i) => (i + 1) % x.shape[axis]), output),
  })),
  fault("gather at the nearest place", "gather", (sound) => ({
    gather: (x, axis, index, output) =>
      sound.gather(x, axis, copied(index, (i) => Math.max(0, Math.min(i, x.shape[axis] - 1))), output),
  })),
  fault("scatter that reads beside", "scatter.set scatter.add", (sound) => ({
    scatter: (kind, axis, index, source, output) =>
      sound.scatter(kind, axis, index, { ...source, offset: Math.max(0, source.offset - 1) }, output),
  })),
  fault("fold that changes its input", "fold", (sound) => ({
    fold(x, axis, step, output): void {
      sound.fold(x, axis, step, output);
      cpuElements(x)[x.offset] = 0;
    },
  })),
  fault("fold that is not there", "fold", () => ({
    fold(): void {
      throw new Error("Cannot fold: not written yet");
    },
  })),
  fault("running totals that all run forward", "cumulate.sum cumulate.argmax cumprod", (sound) => ({
    cumulate: (kind, inputs, axis, _reverse, output) => sound.cumulate(kind, inputs, axis, false, output),
  })),
  fault("ties in the opposite order", "argsort", (sound) => ({
    argsort(x, axis, descending, output): void {
      const turned = {
        ...x,
        offset: x.offset + (x.shape[axis] - 1) * x.strides[axis],
        strides: x.strides.with(axis, -x.strides[axis]),
      };
      sound.argsort(turned, axis, descending, output);
      afterwards(output, (i) => x.shape[axis] - 1 - i);
    },
  })),
  fault("a product of matrices that drops the last term", "matmul", (sound) => ({
    matmul(a, b, output): void {
      const short = (x: View, axis: number): View => ({
        ...x,
        shape: x.shape.with(axis, Math.max(1, x.shape.at(axis)! - 1)),
      });
      sound.matmul(short(a, a.shape.length - 1), short(b, b.shape.length - 2), output);
    },
  })),
];

const buffers: readonly Fault[] = [
  fault("a buffer that nobody frees", "memory composites", (sound) => ({
    matmul(a, b, output): void {
      sound.allocate("f32", 10);
      sound.matmul(a, b, output);
    },
  })),
  fault("bytes that are not counted", "memory", (sound) => ({
    memory: () => ({ ...sound.memory(), bytes: 0 }),
  })),
  fault("reads that share memory", "read", (sound) => ({
    read: (views) =>
      Promise.resolve(
        views.map((view) =>
          isContiguous(view)
            ? cpuElements(view).subarray(view.offset, view.offset + view.shape.reduce((a, b) => a * b, 1))
            : sound.readSync!(view)
        ),
      ),
  })),
  fault("reads that come late", "order", (sound) => ({
    read: async (views) => {
      await Promise.resolve();
      return sound.read(views);
    },
  })),
  fault("writes that are put off", "order write lt", (sound) => ({
    write: (buffer, data) => queueMicrotask(() => sound.write(buffer, data)),
  })),
  fault("one element too few", "iota", (sound) => ({
    iota: (output) => sound.iota({ ...output, shape: [Math.max(0, output.shape[0] - 1)] }),
  })),
];

/** Every fault. */
export const faults: readonly Fault[] = [...reductions, ...maps, ...positions, ...buffers];
