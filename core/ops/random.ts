/**
 * Random numbers: counter-based, so that a key gives the same bits on every backend. What is made of them by integers
 * and by powers of two is the same to the bit, what takes a function of floats as near as backends compute that.
 */
import { commonDtype, type TensorLike } from "../define/operands.ts";
import { checkHeld } from "../base/integers.ts";
import { described } from "../base/text.ts";
import type { Backend } from "../device/backend.ts";
import { e } from "../expr/e.ts";
import { checkSetting } from "../base/settings.ts";
import { cached, constant } from "../tensor/constants.ts";
import { valueOf } from "../tensor/scalar.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { withBackend } from "../device/backend.ts";
import { checkDtype, type DType, dtypes, isFloating } from "../base/dtype.ts";
import { DtypeError, ShapeError } from "../base/errors.ts";
import { type Expr, input } from "../expr/expr.ts";
import { context, defaultDtype } from "../device/context.ts";
import { Changing } from "../device/journal.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import { countTo } from "../primitives/ordered.ts";
import { checkShape, isCount, type Shape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { less } from "./comparison.ts";
import { argsort } from "./cumulative.ts";
import { indexSelect } from "./indexing.ts";
import { chosenBackend } from "./place.ts";
import { narrow } from "./windows.ts";
import { reshape } from "./shape.ts";

/** What a generator starts from: two words of 32 bits. Use each for one purpose and {@link split} it for more. */
export interface Key {
  /** The high word. */
  readonly high: number;
  /** The low word. */
  readonly low: number;
}

/**
 * The key of a seed, an integer from 0 to 2⁵³ - 1.
 *
 * @example
 * ```ts
 * import { key, normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const [a, b, c] = [7, 7, 8].map((seed) => normal([3], { key: key(seed) }));
 * assertEquals(await a.array(), await b.array());
 * assertNotEquals(await a.array(), await c.array());
 * ```
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot make a key of seed ${seed}: an integer from 0 to 2^53 - 1 is needed`);
  }
  return { high: Math.floor(seed / 2 ** 32), low: seed >>> 0 };
}

/**
 * `count` independent keys made from one, which should not be used again itself.
 *
 * @example
 * ```ts
 * import { key, normal, splitKey } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertLess } from "@std/assert";
 *
 * const [forWeights, forNoise] = splitKey(key(0));
 * const weights = normal([100], { key: forWeights }), noise = normal([100], { key: forNoise });
 * const correlation = weights.mul(noise).mean();
 * assertLess(Math.abs(await correlation.item()), 0.3);
 * ```
 */
export function splitKey(from: Key, count = 2): Key[] {
  checkKey(from);
  if (!isCount(count)) throw new RangeError(`Cannot split a key into ${described(count)}: a count is needed`);
  return Array.from({ length: count }, (_, i) => {
    const [high, low] = threefry(numberWords, [from.high, from.low], [0, i]);
    return { high, low };
  });
}

function globalKeys(): Changing<Key> {
  return context.keys ??= new Changing(key(0));
}

/**
 * Starts the sequence that random functions draw keys from when none is given; it starts at seed 0 by
 * itself. The seed is an integer from 0 to 2⁵³ - 1, else a RangeError.
 *
 * @example
 * ```ts
 * import { manualSeed, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * manualSeed(7);
 * const before = await uniform([3]).array();
 * assertNotEquals(await uniform([3]).array(), before);
 * manualSeed(7);
 * assertEquals(await uniform([3]).array(), before);
 * ```
 */
export function manualSeed(seed: number): void {
  globalKeys().value = key(seed);
}

/**
 * Where the global sequence stands; {@link setRandomState} goes back there.
 *
 * @example
 * ```ts
 * import { normal, randomState, setRandomState } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const state = randomState();
 * normal([3]);
 * assertNotEquals(randomState(), state);
 * setRandomState(state);
 * assertEquals(randomState(), state);
 * ```
 */
export function randomState(): Key {
  return globalKeys().value;
}

/**
 * Puts the global sequence where {@link randomState} found it.
 *
 * @example
 * ```ts
 * import { randint, randomState, setRandomState } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const state = randomState();
 * const first = await randint(0, 100, { shape: [5] }).array();
 * setRandomState(state);
 * assertEquals(await randint(0, 100, { shape: [5] }).array(), first);
 * ```
 */
export function setRandomState(to: Key): void {
  globalKeys().value = checkKey(to);
}

function checkKey(given: Key): Key {
  const [high, low] = [given?.high, given?.low];
  if ([high, low].every((word) => isCount(word) && word < 2 ** 32)) return given;
  throw new TypeError(
    `Cannot draw with a key of words ${described(high)} and ${
      described(low)
    }: make one with key(seed) or splitKey()`,
  );
}

/**
 * The next key of the global sequence.
 *
 * @example
 * ```ts
 * import { manualSeed, nextKey, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * manualSeed(1);
 * const drawn = nextKey();
 * manualSeed(1);
 * assertEquals(await uniform([3]).array(), await uniform([3], { key: drawn }).array());
 * ```
 */
export function nextKey(): Key {
  return drawKey(globalKeys());
}

/**
 * The next key of a sequence of one's own, which goes on as {@link nextKey} does; a layer that draws keeps
 * one, so that {@link checkpoint} finds it again.
 *
 * @example
 * ```ts
 * import { Changing, drawKey, key } from "@tapegrad/core";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const a = new Changing(key(1)), b = new Changing(key(1));
 * const [first, second] = [drawKey(a), drawKey(a)];
 * assertNotEquals(first, second);
 * assertEquals(drawKey(b), first);
 * ```
 */
export function drawKey(sequence: Changing<Key>): Key {
  const [next, drawn] = splitKey(sequence.value);
  sequence.value = next;
  return drawn;
}

/** 32-bit arithmetic on numbers or on expressions, so that one text of Threefry serves both. */
interface Words<T> {
  add(a: T, b: T): T;
  xor(a: T, b: T): T;
  rotate(a: T, bits: number): T;
  constant(value: number): T;
}

const numberWords: Words<number> = {
  add: (a, b) => (a + b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  rotate: (a, bits) => ((a << bits) | (a >>> (32 - bits))) >>> 0,
  constant: (value) => value,
};

const exprWords: Words<Expr> = {
  add: (a, b) => e.add(a, b),
  xor: (a, b) => e.bitXor(a, b),
  rotate: (a, bits) => e.bitOr(e.shiftLeft(a, bits), e.shiftRightLogical(a, 32 - bits)),
  constant: (value) => e.constant(value),
};

// Rotations and key schedule: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), Threefry-2x32, 20 rounds.
const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];
const PARITY = 0x1BD11BDA;

function threefry<T>(words: Words<T>, [k0, k1]: readonly [T, T], counter: readonly [T, T]): [T, T] {
  const { add, xor, rotate, constant } = words;
  const schedule = [k0, k1, xor(xor(k0, k1), constant(PARITY))];
  let a = add(counter[0], k0), b = add(counter[1], k1);
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[group % 2]) {
      a = add(a, b);
      b = xor(rotate(b, bits), a);
    }
    a = add(a, schedule[(group + 1) % 3]);
    b = add(b, add(schedule[(group + 2) % 3], constant(group + 1)));
  }
  return [a, b];
}

// Inputs of every random map: the counter, the words of the key, then parameters.
const [WORD_A, WORD_B] = threefry(exprWords, [input(1), input(2)], [e.cast(0, "u32"), input(0)]);
const WORD = e.bitXor(WORD_A, WORD_B);

/** Where random numbers come from and go to. */
export interface DrawOptions {
  /** Where the numbers come from; the next key of the global sequence if left out. */
  readonly key?: Key;
  /**
   * Where they are made; on the backend in use unless said. Bits, integers, permutations, choices, truth values and
   * uniform numbers from 0 to 1 are the same everywhere to the last bit; see {@link uniform} and {@link normal} for
   * others.
   */
  readonly backend?: string | Backend;
}

/** What random functions may be told. */
export interface RandomOptions extends DrawOptions {
  /** Dtype of the result. */
  readonly dtype?: DType;
}

function draw(
  attributes: MapAttributes,
  shape: Shape,
  options: DrawOptions,
  parameters: readonly number[] = [],
): Tensor {
  const backend = chosenBackend(options), extents = checkShape("draw", shape), length = sizeOf(extents);
  // A key is drawn last, so that what is refused does not move the sequence.
  const { high, low } = checkKey(options.key ?? nextKey());
  const counter = withBackend(backend, () => apply(countTo, [], { length }));
  const words = [high, low, ...parameters].map((word) => cached(backend, "u32", word));
  return reshape(apply(map, [counter, ...words], attributes), extents);
}

const bitsMap: MapAttributes = { name: "randomBits", exprs: [WORD] };

/**
 * Random 32-bit words of a shape, as u32: the two words of Threefry-2x32 (Salmon et al. 2011) of each
 * counter, combined by exclusive or.
 *
 * @example
 * ```ts
 * import { key, randomBits } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const bits = randomBits([2, 2], { key: key(0) });
 * assertEquals(bits.dtype, "u32");
 * // What the authors' Random123 gives for a key and a counter of zeros.
 * assertEquals(await bits.slice(0, 0).item(), (0x6b200159 ^ 0x99ba4efe) >>> 0);
 * ```
 */
export function randomBits(shape: Shape, options: DrawOptions = {}): Tensor {
  return draw(bitsMap, shape, options);
}

type FloatDtype = "f16" | "f32" | "f64";

function floatDtype(op: string, dtype: DType | undefined): FloatDtype {
  const chosen = checkDtype(dtype ?? defaultDtype());
  if (isFloating(chosen)) return chosen as FloatDtype;
  throw new DtypeError(
    `Cannot draw ${op} numbers of ${chosen}: a floating dtype is needed, f16, f32 or f64`,
    {
      op,
    },
  );
}

// All the bits a mantissa holds: k + offset, scaled to 0 … 1.
function fraction(dtype: "f32" | "f64", offset: 0 | 0.5): Expr {
  const shift = offset === 0 ? 8 : 9;
  if (dtype === "f32") {
    return e.mul(e.add(e.cast(e.shiftRightLogical(WORD, shift), "f32"), offset), 2 ** (shift - 32));
  }
  const high = e.cast(e.shiftRightLogical(WORD_A, 5), "f64"),
    low = e.cast(e.shiftRightLogical(WORD_B, 6), "f64");
  return e.mul(e.add(e.add(e.mul(high, 2 ** 26), low), offset), 2 ** -53);
}

const uniformMaps: Readonly<Record<FloatDtype, MapAttributes>> = {
  f16: { name: "uniform", exprs: [e.mul(e.cast(e.shiftRightLogical(WORD, 21), "f16"), 2 ** -11)] },
  f32: { name: "uniform", exprs: [fraction("f32", 0)] },
  f64: { name: "uniform", exprs: [fraction("f64", 0)] },
};

function gaussian(dtype: "f32" | "f64"): Expr {
  return e.mul(Math.SQRT2, e.erfinv(e.sub(e.mul(2, fraction(dtype, 0.5)), 1)));
}

const normalMaps: Readonly<Record<FloatDtype, MapAttributes>> = {
  // From as many bits as in f32, so that the tails reach as far.
  f16: { name: "normal", exprs: [e.cast(gaussian("f32"), "f16")] },
  f32: { name: "normal", exprs: [gaussian("f32")] },
  f64: { name: "normal", exprs: [gaussian("f64")] },
};

/**
 * Numbers spread evenly over `low` (0) to `high` (1), `high` excluded but for rounding: 11 random bits
 * in f16, 24 in f32, 53 in f64. Without `low` and `high` they are the same on every backend, with them to within
 * the rounding of a product and a sum. Other dtypes are a {@link DtypeError}, a `low` above `high` is a
 * RangeError.
 *
 * @example
 * ```ts
 * import { key, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const x = uniform([1000], { low: -1, high: 1, key: key(0) });
 * assert(await x.min().item() >= -1);
 * assert(await x.max().item() <= 1);
 * assertAlmostEquals(await x.mean().item(), 0, 0.1);
 * ```
 */
export function uniform(
  shape: Shape,
  options: RandomOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  const { low = 0, high = 1 } = options;
  checkSetting("draw uniform numbers", "high", high);
  checkSetting("draw uniform numbers", "low", low, -Infinity, high);
  const unit = draw(uniformMaps[floatDtype("uniform", options.dtype)], shape, options);
  return low === 0 && high === 1 ? unit : add(mul(unit, high - low), low);
}

/**
 * Normally distributed numbers of a mean (0) and standard deviation (1): √2·erfinv of uniform ones. Those are the
 * same on every backend and erfinv nearly: of the same key, f32 on cpu and on webgpu is at most 4 units in the last
 * place apart (3 were met in 600,000) and f16 one, before they are scaled. Dtypes other than f16, f32 and f64 are a
 * {@link DtypeError}, a negative `std` is a RangeError.
 *
 * @example
 * ```ts
 * import { key, normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const x = normal([10_000], { mean: 5, std: 2, key: key(0) });
 * assertAlmostEquals(await x.mean().item(), 5, 0.1);
 * assertAlmostEquals(await x.std().item(), 2, 0.1);
 * ```
 */
export function normal(
  shape: Shape,
  options: RandomOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const { mean = 0, std = 1 } = options;
  checkSetting("draw normal numbers", "mean", mean);
  checkSetting("draw normal numbers", "std", std, 0);
  const unit = draw(normalMaps[floatDtype("normal", options.dtype)], shape, options);
  return mean === 0 && std === 1 ? unit : add(mul(unit, std), mean);
}

// (high word · 2³² + low word) mod span in 32-bit arithmetic; input 4 is 2³² mod span. Above a span of
// 2¹⁶ the product would overflow, so there input 4 is 0 and one word must do.
const randintMap: MapAttributes = {
  name: "randint",
  exprs: [e.remainder(
    e.add(
      e.remainder(e.mul(e.remainder(WORD_A, input(3)), input(4)), input(3)),
      e.remainder(WORD_B, input(3)),
    ),
    input(3),
  )],
};

/**
 * Integers from `low` up to but not including `high`, as i32 unless said, equally likely to within (high -
 * low)/2⁶⁴ up to a span of 65536 and (high - low)/2³² beyond. Bounds that are no integers, in the wrong
 * order or 2³¹ apart are a RangeError.
 *
 * @example
 * ```ts
 * import { key, randint } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const dice = randint(1, 7, { shape: [1000], key: key(0) });
 * assertEquals([await dice.min().item(), await dice.max().item()], [1, 6]);
 * assertThrows(() => randint(7, 1, { shape: [3] }), RangeError);
 * ```
 */
export function randint(
  low: number,
  high: number,
  options: RandomOptions & { readonly shape: Shape },
): Tensor {
  if (!(Number.isInteger(low) && Number.isInteger(high) && low < high && high - low < 2 ** 31)) {
    throw new RangeError(
      `Cannot draw integers from ${low} up to ${high}: integers less than 2^31 apart are needed`,
    );
  }
  const dtype = checkDtype(options.dtype ?? "i32"), words = dtype === "u32" ? dtype : "i32";
  for (const bound of [low, high - 1]) checkHeld("draw integers as far as", bound, words);
  const span = high - low, parameters = [span, span <= 2 ** 16 ? 2 ** 32 % span : 0];
  const drawn = draw(randintMap, options.shape, options, parameters);
  return add(drawn.to(words), low).to(dtype);
}

/**
 * 1 with probability `p`, else 0; of the shape of `p` unless `shape` is given, f32 unless said.
 *
 * @example
 * ```ts
 * import { bernoulli, key, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await bernoulli(tensor([0, 1])).array(), [0, 1]);
 * const coins = bernoulli(0.5, { shape: [1000], key: key(0), dtype: "i32" });
 * assertAlmostEquals(await coins.sum().item(), 500, 50);
 * ```
 */
export function bernoulli(p: TensorLike, options: RandomOptions & { readonly shape?: Shape } = {}): Tensor {
  const { key, shape, dtype } = options;
  const value = valueOf(p);
  if (typeof value === "number") checkSetting("draw 1", "p", value, 0, 1);
  const chance = value instanceof Tensor
    ? value
    : constant(chosenBackend(options), commonDtype([p]), Number(value), p);
  // The eleven bits of f16 could not tell a small probability from none.
  const fine = defaultDtype() === "f16" ? "f32" : defaultDtype();
  const drawn = uniform(shape ?? chance.shape, { ...(key && { key }), dtype: fine, backend: chance.backend });
  return less(drawn, chance).to(dtype ?? defaultDtype());
}

/**
 * 0 … n - 1 in random order, as i32.
 *
 * @example
 * ```ts
 * import { key, permutation, sort } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const order = permutation(5, { key: key(0) });
 * assertEquals(await sort(order).values.array(), [0, 1, 2, 3, 4]);
 * ```
 */
export function permutation(n: number, options: DrawOptions = {}): Tensor {
  return argsort(randomBits([n], options));
}

/** How {@link choice} draws. */
export interface ChoiceOptions {
  /** Where the numbers come from. */
  readonly key?: Key;
  /** Whether an element can be drawn again; it can unless said. */
  readonly replace?: boolean;
}

/**
 * `count` slices of x along its first axis, drawn at random, with replacement unless `replace` is false.
 * Drawing from nothing, or more than there are without replacement, is a {@link ShapeError}.
 *
 * @example
 * ```ts
 * import { arange, choice, key, ShapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const hand = choice(arange(52), 5, { replace: false, key: key(0) });
 * assertEquals(new Set(await hand.data()).size, 5);
 * assertThrows(() => choice(arange(3), 5, { replace: false }), ShapeError, "with replacement");
 * ```
 */
export function choice(x: Tensor, count: number, { replace = true, ...options }: ChoiceOptions = {}): Tensor {
  const n = x.shape[0] ?? 0;
  if (n === 0 || (!replace && count > n)) {
    throw new ShapeError(
      `Cannot choose ${count} of ${n}: ${n === 0 ? "there are none" : "draw fewer, or with replacement"}`,
      {
        op: "choice",
        shapes: [x.shape],
      },
    );
  }
  const there = { ...options, backend: x.backend };
  const index = replace
    ? randint(0, n, { shape: [count], ...there })
    : narrow(permutation(n, there), 0, 0, count);
  return indexSelect(x, 0, index);
}

registerFunctions({ uniform: 0, normal: 0 }, { dtypes: dtypes.filter(isFloating), differentiable: false });
registerFunctions({ randomBits: 0 }, { dtypes: ["u32"], differentiable: false });
registerFunctions({ permutation: 0 }, { dtypes: ["i32"], differentiable: false });
registerFunctions({ randint: 0, bernoulli: 1 }, { differentiable: false });
registerFunctions({ choice: 1 });
