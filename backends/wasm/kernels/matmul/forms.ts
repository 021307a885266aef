/** Which tiles there are. */
import type { TileForm } from "./block.ts";
import type { Products } from "./products.ts";

const low: TileForm = { height: 4, vectors: 2 }, usual: TileForm = { height: 6, vectors: 2 };
/** Whose pairs of vectors a compiler may join; where it does not there are too few registers for it. */
const wide: TileForm = { height: 6, vectors: 4 };

/** All that there are. */
export const forms: readonly TileForm[] = [low, usual, wide];

/** The form of tiles that is fastest here. */
export function formFor({ simd, element }: Products): TileForm {
  return simd === "relaxed" && element !== "i32" ? usual : low;
}
