/** The code of elementwise kernels of operands some of which lie across the others: by tiles that registers turn. */
import type { Callable, Local } from "../assembler/body.ts";
import { i32, load, plus, shuffle, times, type Value } from "../assembler/values.ts";
import { splatPack } from "../expr/access.ts";
import { computed } from "../expr/emitter.ts";
import { Code } from "../expr/lanes.ts";
import { keptPack, type Pack } from "../expr/pack.ts";
import type { Simd } from "../features.ts";
import type { KernelModule } from "../modules.ts";
import { type MapForm, type Stream, streamsOf, typesOf } from "./map_code.ts";

type Count = Local<"i32">;
type Vector = Value<"v128">;

/** Rows and columns of a tile of elements of four bytes: a vector of each. */
export const TILE = 4;

/**
 * Defines rows as {@link defineMap} has them, as many and as long as tiles have it; elements are of four bytes, and those
 * of class `s` lie side by side from row to row.
 */
export function defineTiles({ module }: KernelModule, form: MapForm, simd: Simd): Callable {
  return module.define(["i32", "i32", ...typesOf(form)], null, (body, [rows, n, ...rest]) => {
    const code = new Code(body, simd), streams = streamsOf(form, rest), j = body.local("i32");
    body.upTo(body.local("i32"), rows, TILE, () => {
      const tiles = streams.map((stream, k) => new Turned(code, stream, k >= form.outputs));
      body.set(j, i32(0));
      body.upTo(j, n, TILE, () => {
        defineTile(code, form, tiles);
        for (const tile of tiles) tile.advance();
      });
      for (const { start, row } of streams) body.advance(start, times(row, TILE));
    });
  });
}

function defineTile(
  code: Code,
  { legal, dtypes, outputs, helpers }: MapForm,
  tiles: readonly Turned[],
): void {
  const inputs = tiles.slice(outputs).map((tile) => tile.load());
  const emission = { elements: TILE * TILE, helpers, outputs: dtypes.slice(0, outputs) };
  const results = computed(code, legal, inputs, emission).map((pack) => keptPack(code, pack));
  results.forEach((pack, k) => tiles[k].store(pack));
}

/** An operand along four rows. */
class Turned {
  readonly #code: Code;
  readonly #stream: Stream;
  /** Of rows, or of columns of what lies across. */
  readonly #addresses: readonly Count[];
  readonly #fixed: Pack | null;

  constructor(code: Code, stream: Stream, isInput: boolean) {
    const { kind, start, row, step, dtype } = stream, { body } = code, apart = kind === "s" ? step : row;
    this.#code = code;
    this.#stream = stream;
    const addresses = [body.keep(start)];
    for (let i = 1; i < TILE; i++) addresses.push(body.keep(plus(addresses[i - 1], apart)));
    this.#addresses = addresses;
    const isFixed = kind === "0" && isInput;
    this.#fixed = isFixed
      ? { dtype, parts: addresses.flatMap((address) => splatPack(code, { dtype, address }, TILE).parts) }
      : null;
  }

  load(): Pack {
    if (this.#fixed) return this.#fixed;
    const vectors = this.#addresses.map((address) => load("v128.load", address));
    const { dtype, kind } = this.#stream;
    return { dtype, parts: kind === "s" ? turned(this.#code, vectors) : vectors };
  }

  store({ parts }: Pack): void {
    parts.forEach((part, i) => this.#code.body.store("v128.store", this.#addresses[i], part as Vector));
  }

  advance(): void {
    const { kind, step } = this.#stream;
    if (kind === "0") return;
    for (const address of this.#addresses) this.#code.body.advance(address, times(step, TILE));
  }
}

/** Four vectors of columns as four of rows. */
function turned(code: Code, columns: readonly Vector[]): Vector[] {
  const [a, b, c, d] = columns.map((x) => code.keep(x)), keep = (x: Vector) => code.keep(x);
  const low = [keep(words(a, b, [0, 4, 1, 5])), keep(words(c, d, [0, 4, 1, 5]))];
  const high = [keep(words(a, b, [2, 6, 3, 7])), keep(words(c, d, [2, 6, 3, 7]))];
  return [low, high].flatMap(([x, y]) => [words(x, y, [0, 1, 4, 5]), words(x, y, [2, 3, 6, 7])]);
}

function words(a: Vector, b: Vector, numbers: readonly number[]): Vector {
  return shuffle(a, b, numbers.flatMap((n) => [0, 1, 2, 3].map((byte) => 4 * n + byte)));
}
