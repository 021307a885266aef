/** Sizes of blocks of memory. */

const SMALLEST = 256;
/** Classes lie no further apart. */
const FURTHEST = 2 ** 24;

/** The size of the block for so many bytes: four classes an octave, so that blocks are used again. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = Math.min(2 ** Math.floor(Math.log2(bytes - 1)) / 4, FURTHEST);
  return Math.ceil(bytes / step) * step;
}
