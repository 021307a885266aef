/** A whole backend from outside the repo: number arrays, naive loops, nothing but the public API of core. */
import {
  type Backend,
  bytesPerElement,
  castNumber,
  contiguousStrides,
  type DType,
  evaluate,
  type Expr,
  hostArray,
  IndexError,
  isFloating,
  type Kernel,
  kernelTable,
  type MemoryInfo,
  type ReduceKind,
  type Shape,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";

type Index = readonly number[];

function* indicesOf(shape: Shape): Generator<number[]> {
  const steps = contiguousStrides(shape);
  for (let i = 0; i < sizeOf(shape); i++) yield shape.map((n, axis) => Math.floor(i / steps[axis]) % n);
}

function cells(view: View): number[] {
  return view.buffer as unknown as number[];
}

function placeOf({ offset, strides }: View, index: Index): number {
  return index.reduce((place, i, axis) => place + i * strides[axis], offset);
}

function get(view: View, index: Index): number {
  return cells(view)[placeOf(view, index)];
}

function set(view: View, index: Index, value: number): void {
  cells(view)[placeOf(view, index)] = castNumber(value, view.dtype);
}

function compute(expr: Expr, inputs: readonly View[], index: Index): number {
  return evaluate(expr, inputs.map((v) => get(v, index)), inputs.map((v) => v.dtype));
}

function combine(kind: ReduceKind, values: readonly number[], integer: boolean): number {
  const largest = kind === "max" || kind === "argmax" ? Math.max(...values) : Math.min(...values);
  switch (kind) {
    case "sum":
      return values.reduce((a, b) => a + b, 0);
    case "prod":
      return values.reduce(integer ? Math.imul : (a, b) => a * b, 1);
    case "any":
      return Number(values.some((v) => v !== 0));
    case "all":
      return Number(values.every((v) => v !== 0));
    case "max":
    case "min":
      return largest;
    case "argmax":
    case "argmin":
      return values.findIndex((v) => v === largest || Object.is(v, largest));
  }
}

/** Makes the backend; `log` is told the name of each kernel that runs. */
export function createToyBackend(log: (kernel: string) => void = () => {}): Backend {
  return new ToyBackend(log);
}

/** Every kernel that primitives need, one element at a time. */
function kernelsWith(log: (kernel: string) => void): Map<string, Kernel> {
  return kernelTable({
    map(inputs, outputs, { exprs }): void {
      log("map");
      const all = [...indicesOf(outputs[0].shape)];
      const values = exprs.map((expr) => all.map((index) => compute(expr, inputs, index)));
      outputs.forEach((output, k) => all.forEach((index, i) => set(output, index, values[k][i])));
    },

    reduce(inputs, [output], { kind, expr, axes }): void {
      log(kind);
      const { shape } = inputs[0], integer = !isFloating(output.dtype);
      const over = [...indicesOf(shape.map((n, i) => axes.includes(i) ? n : 1))];
      for (const index of indicesOf(output.shape)) {
        const kept = [...index], start = shape.map((_, i) => axes.includes(i) ? 0 : kept.shift()!);
        const values = over.map((o) => compute(expr, inputs, start.map((s, i) => s + o[i])));
        set(output, index, combine(kind, values, integer));
      }
    },

    matmul([a, b], [output]): void {
      log("matmul");
      const depth = a.shape[a.shape.length - 1], integer = !isFloating(output.dtype);
      for (const index of indicesOf(output.shape)) {
        const [i, j] = index.slice(-2), lead = index.slice(0, -2);
        let total = 0;
        for (let l = 0; l < depth; l++) {
          const [x, y] = [get(a, [...lead, i, l]), get(b, [...lead, l, j])];
          total = integer ? (total + Math.imul(x, y)) | 0 : total + x * y;
        }
        set(output, index, total);
      }
    },

    gather([input, index], [output], { axis }): void {
      log("gather");
      for (const at of indicesOf(index.shape)) {
        set(output, at, get(input, at.with(axis, position(get(index, at), input.shape[axis]))));
      }
    },

    scatter([x, index, source], [output], { kind, axis }): void {
      log("scatter");
      const meet = kind === "add" ? "sum" : kind, integer = !isFloating(output.dtype);
      const before = [...indicesOf(x.shape)].map((at) => [at, get(x, at)] as const);
      for (const [at, value] of before) set(output, at, value);
      for (const at of indicesOf(index.shape)) {
        const to = at.with(axis, position(get(index, at), output.shape[axis]));
        const next = get(source, at);
        set(output, to, meet === "set" ? next : combine(meet, [get(output, to), next], integer));
      }
    },

    fold([input], [output], { axis, step }): void {
      log("fold");
      for (const at of indicesOf(output.shape)) set(output, at, 0);
      for (const at of indicesOf(input.shape)) {
        const to = at.slice(0, -1).with(axis, at[axis] * step + at[at.length - 1]);
        set(output, to, get(output, to) + get(input, at));
      }
    },

    cumulate(inputs, [output], { kind, axis, reverse }): void {
      log(`cumulative ${kind}`);
      const n = output.shape[axis], integer = !isFloating(output.dtype);
      for (const lane of indicesOf(output.shape.with(axis, 1))) {
        let last = kind === "prod" ? 1 : 0, best = NaN;
        for (let k = 0; k < n; k++) {
          const place = reverse ? n - 1 - k : k, at = lane.with(axis, place);
          const [x, y] = inputs.map((v) => get(v, at));
          if (kind === "sum") last += x;
          else if (kind === "prod") last = integer ? Math.imul(last, x) : last * x;
          else if (kind === "linear") {
            last = (k === 0 || x === 0 && Math.abs(last) === Infinity ? 0 : x * last) + y;
          } else if (k === 0 || Number.isNaN(x) || (kind === "argmax" ? x >= best : x <= best)) {
            best = x;
            last = place;
          }
          set(output, at, last);
        }
      }
    },

    argsort([input], [output], { axis, descending }): void {
      log("argsort");
      const rank = (v: number) => Number.isNaN(v) ? Infinity : v;
      for (const lane of indicesOf(output.shape.with(axis, 1))) {
        const values = Array.from({ length: output.shape[axis] }, (_, k) => get(input, lane.with(axis, k)));
        const order = values.map((_, k) => k);
        const compare = (i: number, j: number) => {
          const [a, b] = [rank(values[i]), rank(values[j])];
          const nan = Number(Number.isNaN(values[i])) - Number(Number.isNaN(values[j]));
          return (descending ? -1 : 1) * (a < b ? -1 : a > b ? 1 : nan) || i - j;
        };
        order.sort(compare).forEach((from, k) => set(output, lane.with(axis, k), from));
      }
    },

    iota(_inputs, [output]): void {
      for (const [i] of indicesOf(output.shape)) set(output, [i], i);
    },
  });
}

class ToyBackend implements Backend {
  readonly name = "toy";
  readonly ieee = true;
  readonly managed = false;
  readonly synchronous = false;
  readonly dtypes: ReadonlySet<DType> = new Set<DType>(["f32", "i32", "u32", "bool"]);
  readonly kernels: Map<string, Kernel>;
  readonly #live = new Map<number[], number>();

  constructor(log: (kernel: string) => void) {
    this.kernels = kernelsWith(log);
  }

  allocate(dtype: DType, length: number): number[] {
    // What was there before is anything: a kernel that forgets an element is seen.
    const buffer = new Array<number>(length).fill(-77);
    this.#live.set(buffer, length * bytesPerElement(dtype));
    return buffer;
  }

  free(buffer: number[]): void {
    if (!this.#live.delete(buffer)) throw new Error("Cannot free a buffer twice");
    buffer.fill(NaN);
  }

  write(buffer: number[], data: TypedArray): void {
    data.forEach((v, i) => buffer[i] = v);
  }

  async read(views: readonly View[]): Promise<TypedArray[]> {
    const copies = views.map((view) => {
      const out = hostArray(view.dtype, sizeOf(view.shape));
      out.set([...indicesOf(view.shape)].map((index) => get(view, index)));
      return out;
    });
    await Promise.resolve();
    return copies;
  }

  flush(): void {}

  synchronize(): Promise<void> {
    return Promise.resolve();
  }

  memory(): MemoryInfo {
    return { buffers: this.#live.size, bytes: [...this.#live.values()].reduce((a, b) => a + b, 0) };
  }

  [Symbol.dispose](): void {
    this.#live.clear();
  }
}

function position(at: number, extent: number): number {
  if (at >= 0 && at < extent) return at;
  throw new IndexError(`Cannot take index ${at}: the extent is ${extent}`);
}
