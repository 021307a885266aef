/** Keys, which random numbers are drawn with, and the sequence of those that nobody named. */
import { isCount } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { context } from "../device/context.ts";
import { Changing } from "../device/journal.ts";
import { checkKey, numberWords, threefry } from "./threefry.ts";

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

/** Where the global sequence stands; {@link setRandomState} goes back there. */
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
