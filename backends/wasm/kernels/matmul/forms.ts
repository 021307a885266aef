/** Which tiles there are, and which of them is fastest here. */
import { hasNodes } from "../../features.ts";
import type { Heap } from "../../memory/heap.ts";
import type { TileForm } from "./tile.ts";
import type { Products } from "./products.ts";

/** With a product and a sum in two instructions. */
const plain: TileForm = { height: 5, vectors: 2, factors: "loaded" };

/** With both in one, the first as long as none is known to be faster. */
const fused: readonly TileForm[] = [
  { height: 6, vectors: 2, factors: "nodes" },
  { height: 5, vectors: 2, factors: "spread" },
  { height: 6, vectors: 2, factors: "loaded" },
  // Whose pairs of vectors a compiler may join; where it does not there are too few registers for it.
  { height: 6, vectors: 4, factors: "loaded" },
];

/** Those among which is chosen. */
export function formsOf({ simd, element }: Pick<Products, "simd" | "element">): readonly TileForm[] {
  if (simd !== "relaxed" || element === "i32") return [plain];
  return hasNodes() ? fused : fused.filter(({ factors }) => factors !== "nodes");
}

/** Milliseconds between trials: engines compile well what has run for a while, beside what runs. */
const APART = 20;
/** After so many trials it is compiled well. */
const WARM = 5;
/** Trials that count. */
const COUNTED = 6;
/** Milliseconds of a trial: clocks of pages tell tenths. */
const TRIAL = 1;
/** The inner extent of what is tried. */
const DEPTH = 256;
/** How many strips of rows are tried, and how many columns. */
interface Extent {
  readonly strips: number;
  readonly columns: number;
}
/** As long as it may not be compiled well. */
const LITTLE: Extent = { strips: 2, columns: 64 };
/** What is done once for a strip or a column counts no more than it does in large products. */
const ENOUGH: Extent = { strips: 16, columns: 256 };
/**
 * How much faster one has to be than the first: what is less may be a matter of chance, or of the packing of rows, which
 * only others do and trials do not see. `deno run -A bench/tiles.ts` does; joined pairs of vectors nearly halve the time.
 */
const MARGIN = 0.8;

/** Finds the fastest form, a millisecond at a time. */
export class FormChoice {
  readonly #products: Products;
  readonly #forms: readonly TileForm[];
  readonly #least: number[];
  #best: TileForm;
  #due = 0;
  #trials = 0;

  constructor(products: Products) {
    this.#products = products;
    this.#forms = formsOf(products);
    this.#best = this.#forms[0];
    this.#least = this.#forms.map(() => Infinity);
    if (this.#forms.length === 1) this.#due = Infinity;
  }

  /** Whether no trials are to come. */
  get isSettled(): boolean {
    return this.#due === Infinity;
  }

  /** The best that is known by now. */
  best(heap: Heap): TileForm {
    if (!this.isSettled && heap.script === null && performance.now() >= this.#due) this.#try(heap);
    return this.#best;
  }

  #try(heap: Heap): void {
    const isWarm = ++this.#trials > WARM, extent = isWarm ? ENOUGH : LITTLE;
    const rooms = this.#forms.map((form) => roomOf(form, this.#products.size, extent).bytes);
    // A memory without room for trials has none for products that are worth them.
    if (!heap.hasRoom(Math.max(...rooms))) {
      this.#due = Infinity;
      return;
    }
    const times = this.#forms.map((form) => timeOf(this.#products, form, heap, extent));
    if (isWarm) times.forEach((time, i) => this.#least[i] = Math.min(this.#least[i], time));
    this.#due = performance.now() + APART;
    if (this.#trials < WARM + COUNTED) return;
    const [first, ...others] = this.#least, least = Math.min(...others);
    if (least < first * MARGIN) this.#best = this.#forms[1 + others.indexOf(least)];
    this.#due = Infinity;
  }
}

/** Bytes of a trial: of both factors, of the product, and of all, with what is added to the product. */
interface Room {
  readonly left: number;
  readonly right: number;
  readonly output: number;
  readonly bytes: number;
}

function roomOf({ height }: TileForm, size: number, { strips, columns }: Extent): Room {
  const rows = strips * height;
  const left = rows * DEPTH * size, right = columns * DEPTH * size, output = rows * columns * size;
  return { left, right, output, bytes: left + right + 2 * output };
}

// Of an element of the output.
function timeOf(products: Products, form: TileForm, heap: Heap, extent: Extent): number {
  const { block, width } = products.packed(form), { size, element } = products;
  const { left, right, output, bytes } = roomOf(form, size, extent), { columns } = extent;
  const rows = extent.strips * form.height;
  return heap.scratch(bytes, (start) => {
    heap.array(element).fill(0, start / size, (start + left + right) / size);
    const c = start + left + right, began = performance.now();
    let turns = 0, elapsed = 0;
    while (elapsed < TRIAL) {
      block(
        ...[start, DEPTH * size, size, start + left, width * DEPTH * size, width * size, DEPTH],
        ...[c, columns * size, size, rows, columns, 0, c + output],
      );
      turns++;
      elapsed = performance.now() - began;
    }
    return elapsed / (turns * rows * columns);
  });
}
