/** Sums of what comes batch by batch, on the device. */
import {
  add,
  isFloating,
  keep,
  noGrad,
  read,
  reshape,
  scope,
  sub,
  type Tensor,
  zerosLike,
} from "@tapegrad/core";

/** A sum so far, and what rounding took from it. */
interface Parts {
  readonly sum: Tensor;
  readonly lost: Tensor | null;
}

/** In the dtype with the most digits that the backend has. */
export function widest(x: Tensor): Tensor {
  return x.to(x.backend.dtypes.has("f64") ? "f64" : "f32");
}

/** A sum of tensors of one shape, which stays on the device until it is read; f32 is compensated. */
export class Total {
  #parts: Parts | null = null;

  /** Adds what `make` makes, of which nothing else stays and nothing is recorded. */
  add(make: () => Tensor): void {
    const before = this.#parts;
    this.#parts = keep(scope(() => noGrad(() => added(before, make()))));
    dispose(before);
  }

  /** The elements of the sum, `null` where nothing was added. */
  async read(): Promise<number[] | null> {
    if (this.#parts === null) return null;
    const { sum, lost } = this.#parts;
    const [sums, rests] = await read([sum, lost ?? sum]);
    return Array.from(sums, (value, i) => Number(value) + (lost ? Number(rests[i]) : 0));
  }

  /** The tensors in use, not copies: the sum and what rounding took from it, where there are any. */
  get tensors(): readonly Tensor[] {
    const { sum, lost } = this.#parts ?? {};
    return [sum, lost].filter((tensor) => tensor !== undefined && tensor !== null);
  }

  /** Goes on from what {@link Total.tensors} gave, which are copied. */
  restore([sum, lost]: readonly Tensor[]): void {
    this.reset();
    if (sum) {
      this.#parts = keep(scope(() => noGrad(() => ({ sum: add(sum, 0), lost: lost ? add(lost, 0) : null }))));
    }
  }

  /** Forgets the sum and frees its memory. */
  reset(): void {
    dispose(this.#parts);
    this.#parts = null;
  }
}

function dispose(parts: Parts | null): void {
  parts?.sum.dispose();
  parts?.lost?.dispose();
}

function added(before: Parts | null, made: Tensor): Parts {
  const x = reshape(made, [made.size]);
  if (before === null) return { sum: add(x, 0), lost: isFloating(x.dtype) ? zerosLike(x) : null };
  const { sum, lost } = before, next = add(sum, x);
  return { sum: next, lost: lost && add(lost, rounding(sum, x, next)) };
}

// What a + b lost in s: Knuth, The Art of Computer Programming, volume 2, 4.2.2.
function rounding(a: Tensor, b: Tensor, s: Tensor): Tensor {
  const part = sub(s, a);
  return add(sub(a, sub(s, part)), sub(b, part));
}
