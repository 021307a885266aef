/** Numbers on which scalar functions are tried. */

const scratch = new DataView(new ArrayBuffer(4));

/** The f32 of given bits. */
export function fromBits(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}

function bitsOf(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}

/** What every test tries: the ends of the range, the least numbers, whole numbers at the end of exactness. */
export const special: readonly number[] = [
  ...[0, 0.5, 1, 1.5, 2, 2.5, 3, 10, 16777215, 16777216, 8388607.5, 8388608, 2 ** 31, 2 ** 32, 1e10],
  ...[88.7, 88.8, 87.4, 103.9, 104, 128, 149, Infinity, 1e-45, 1e-40, 2 ** -126, 3.4028234663852886e38],
].flatMap((x) => [x, -x]).concat(NaN);

// Where functions change or functions of ours go another way.
const turns = [1 / 4, 0.29, 0.41, 0.5, 0.625, Math.SQRT1_2, Math.PI / 4, 0.8, 1, Math.SQRT2, 1.4616321]
  .concat([1.5, 2, 2.5, 3, 4, 8, 10.1, 90, 1000, 4096, 2 ** 20, 2 ** -13, 2 ** -25, 2 ** -126]);
const periods = [Math.PI / 4, Math.LN2 / 2, 0.5];

/** An f32 and its neighbours, with both signs. */
function around(x: number): number[] {
  return [-2, -1, 0, 1, 2].map((step) => fromBits(bitsOf(x) + step)).flatMap((near) => [near, -near]);
}

/** Pseudorandom numbers in [0, 1), the same at every run. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** `count` f32 numbers: special ones, those about each turn, all exponents and both signs, and moderate ones. */
export function samples(count: number, seed: number): Float32Array<ArrayBuffer> {
  const next = chances(seed);
  const fixed = [
    ...special,
    ...turns.flatMap(around),
    ...periods.flatMap((p) => Array.from({ length: 40 }, (_, k) => around((k + 1) * p)).flat()),
  ];
  return Float32Array.from({ length: count }, (_, i) => {
    if (i < fixed.length) return fixed[i];
    if (i % 3 === 0) return fromBits(next() * 2 ** 32);
    return (next() < 0.5 ? -1 : 1) * next() * [1, 10, 100, 1e4][i % 4];
  });
}

/** `count` pairs of f32 numbers: all of special ones, sizes that are alike, moderate ones, and small whole ones. */
export function pairs(count: number, seed: number): [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const next = chances(seed), one = samples(count, seed + 1);
  const a = new Float32Array(count), b = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / special.length);
    a[i] = row < special.length ? special[row] : i % 4 === 3 ? Math.round(40 * next() - 20) : one[i];
    b[i] = row < special.length ? special[i % special.length] : partner(i, a[i], next);
  }
  return [a, b];
}

function partner(i: number, a: number, next: () => number): number {
  if (i % 4 === 0) return fromBits(next() * 2 ** 32);
  if (i % 4 === 1) return a * (next() + 0.5);
  // An exponent with which a power of `a` stays in the range, or just leaves it.
  if (i % 4 === 2) return 180 * (next() - 0.5) / Math.log(Math.abs(a));
  return Math.round(40 * next() - 20);
}
