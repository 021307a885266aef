/** Products of weights and patches: patches are packed as products want them, and are nowhere else. */
import { type DType, e, input, isContiguous, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import { perHeap, type Run } from "../../modules.ts";
import type { Job } from "../../threads/job.ts";
import { made } from "../made.ts";
import { hooksOf } from "../matmul/expression.ts";
import { type Element, lanesOf } from "../matmul/lanes.ts";
import {
  formOf,
  type Matrix,
  type Means,
  multiplyAlike,
  multiplyPacked,
  type PackColumns,
  PACKED,
  telling,
} from "../matmul/multiply.ts";
import { Products, productsOf } from "../matmul/products.ts";
import { widthOf } from "../matmul/tile.ts";
import { withTable } from "./grid.ts";
import { multiplyPanels, type Sought, WIDE } from "./panels.ts";
import { definePackTabled } from "./pack_code.ts";
import type { Patches } from "./windows.ts";

/** The dtypes of convolutions; unsigned words are multiplied as signed ones are, halves in single precision. */
export const elements: Partial<Readonly<Record<DType, Element>>> = {
  f32: "f32",
  f64: "f64",
  i32: "i32",
  u32: "i32",
};

const biased = perHeap((): Partial<Record<Element, Products>> => ({}));

function withBias(heap: Heap, element: Element): Products {
  const hooks = hooksOf(
    { epilogue: e.add(input(0), input(1)), operands: [{ dtype: element, across: "one" }] },
    element,
    heap.simd,
  );
  return biased(heap)[element] ??= new Products(heap.memory, element, heap.simd, hooks);
}

/** A product of a matrix and patches, or of a matrix and patches that lie across. */
export interface PatchProduct {
  readonly a: Matrix;
  readonly c: Matrix;
  readonly m: number;
  /** Where the patches are. */
  readonly from: number;
  /** Of elements of the bias, one for each row. */
  readonly bias?: number | undefined;
  readonly adds?: boolean;
}

/** Computes products of matrices and patches that are alike but for where they are. */
export class PatchProducts {
  readonly size: number;
  /** Elements of a patch, and patches. */
  readonly depth: number;
  readonly places: number;
  readonly #means: Means;
  readonly #biased: Means | undefined;
  readonly #pack: Run;
  readonly #packWide: Run | undefined;
  readonly #taps: number;
  readonly #table: number;
  /** How far channels are apart where patches are single elements as they lie, and need no packing. */
  readonly #channel: number | null;

  private constructor(
    heap: Heap,
    element: Element,
    patches: Patches,
    tables: readonly [number, number],
    hasBias: boolean,
  ) {
    const products = productsOf(heap, element), form = formOf({ products, heap });
    const lanes = lanesOf(element, heap.simd), width = widthOf(form, lanes);
    this.size = products.size;
    this.#means = { products, heap, form };
    this.#biased = hasBias ? { products: withBias(heap, element), heap, form } : undefined;
    const packOf = (width: number) =>
      made(heap, `patches ${element} ${width}`, (module) => definePackTabled(module, lanes, width));
    this.#pack = packOf(width);
    if (heap.multiplier && element !== "i32") this.#packWide = packOf(WIDE);
    [this.#taps, this.#table] = tables;
    this.#channel = isPlain(patches) ? patches.taps.steps[0] * this.size : null;
    this.depth = sizeOf(patches.taps.extents);
    this.places = sizeOf(patches.places.extents);
  }

  /** Runs `use` with what computes products of such patches. */
  static with(
    heap: Heap,
    element: Element,
    patches: Patches,
    hasBias: boolean,
    use: (products: PatchProducts) => void,
  ): void {
    const { size } = productsOf(heap, element);
    withTable(
      heap,
      patches.taps,
      size,
      (taps) =>
        withTable(
          heap,
          patches.places,
          size,
          (places) => use(new PatchProducts(heap, element, patches, [taps, places], hasBias)),
        ),
    );
  }

  /** Products of matrices of as many rows and patches, a column each, of which no two write to the same place. */
  multiply(all: readonly PatchProduct[]): void {
    const means = this.#biased ?? this.#means, shape = { n: this.places, k: this.depth };
    const own = all.filter(({ a, c, m, from, bias }) =>
      !this.#byLibrary({ a, c, m, ...shape }, from, this.#table, this.#taps, bias)
    );
    if (own.length === 0) return;
    multiplyAlike(
      means,
      own.map(({ a, c, m, from, bias }) => {
        const lies = this.#channel !== null && { pointer: from, row: this.#channel, column: this.size };
        const b = lies || this.#packing(this.#pack, from, this.#table, this.#taps);
        return { product: { a, b, c, m, ...shape }, parameters: bias === undefined ? [] : [bias, this.size] };
      }),
    );
  }

  /** The product of a matrix and patches, a row each. */
  multiplyAcross({ a, c, m, from, adds }: PatchProduct): void {
    const product = { a, c, m, n: this.depth, k: this.places, adds };
    if (this.#byLibrary(product, from, this.#taps, this.#table)) return;
    const lies = this.#channel !== null && { pointer: from, row: this.size, column: this.#channel };
    const b = lies || this.#packing(this.#pack, from, this.#taps, this.#table);
    multiplyPacked(this.#means, { ...product, b });
  }

  /** What tells jobs of products of matrices of so many rows and patches, a row each, in frames in their room or not. */
  toldAcross(m: number, areInRoom: boolean): ToldAcross {
    const shape = { m, n: this.depth, k: this.places };
    const lies = (from: number) => ({ pointer: from, row: this.size, column: this.#channel! });
    const isLying = this.#channel !== null && !areInRoom;
    const productOf = ({ a, c, from, adds }: PatchProduct) => (
      {
        ...shape,
        a,
        c,
        adds,
        b: isLying ? lies(from) : this.#packing(this.#pack, from, this.#taps, this.#table, areInRoom),
      }
    );
    const nothing = { pointer: 0, row: this.places * this.size, column: this.size };
    const like = productOf({ a: nothing, c: { ...nothing, row: this.depth * this.size }, m, from: 0 });
    const { room, tell } = telling(this.#means, like);
    return { room, tell: (job, start, product) => tell(job, start, productOf(product)) };
  }

  // Whether a library was given them, a wide panel at a time.
  #byLibrary(product: Sought, from: number, columns: number, steps: number, bias?: number): boolean {
    if (!this.#packWide) return false;
    const pack = this.#packing(this.#packWide, from, columns, steps);
    return multiplyPanels(this.#means, product, pack, bias);
  }

  #packing(pack: Run, from: number, columns: number, steps: number, isInRoom = false): PackColumns {
    const moved = PACKED + Number(isInRoom);
    return (job, column, step, count, depth, to) =>
      job.call(pack, [from, columns + 4 * column, count, steps + 4 * step, depth, to], moved);
  }
}

/** Products that are a part of what pieces of a job do. */
export interface ToldAcross {
  /** How many bytes each thread needs. */
  readonly room: number;
  tell(job: Job, start: number, product: PatchProduct): void;
}

// Whether there is one element of each channel in a window, and windows lie one after another.
function isPlain({ taps, places }: Patches): boolean {
  const [channels] = taps.extents;
  return sizeOf(taps.extents) === channels && isContiguous({ shape: places.extents, strides: places.steps });
}
