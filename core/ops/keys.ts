/** Keys, which random numbers are drawn with, and the sequence of those that nobody named. */
import { isCount } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { context } from "../device/context.ts";
import { Changing } from "../device/journal.ts";
import { assign } from "../define/update.ts";
import type { Backend } from "../device/backend.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { apply } from "../call/apply.ts";
import { registerFunctions } from "../call/catalog.ts";
import { keep } from "../tape/scope.ts";
import { Tensor } from "../tensor/tensor.ts";
import { fromArray } from "./creation.ts";
import { type ActiveLayer, under } from "../call/layers.ts";
import { checkKey, keysFrom, splitTensor } from "./key_words.ts";
import { numberWords, threefry } from "./threefry.ts";

/**
 * A key whose words the host knows.
 *
 * @category Random
 */
export interface KeyWords {
  /** The high word. */
  readonly high: number;
  /** The low word. */
  readonly low: number;
}

/**
 * What a generator starts from: two words of 32 bits, the high one first, on the host or as a tensor, u32 `[2]`. Use
 * each for one purpose and {@link splitKey} it for more.
 *
 * @category Random
 */
export type Key = KeyWords | Tensor;

/**
 * The key of a seed, an integer from 0 to 2⁵³ - 1.
 *
 * @category Random
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
export function key(seed: number): KeyWords {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(
      `Cannot make a key of seed ${described(seed)}: an integer from 0 to 2^53 - 1 is needed`,
    );
  }
  return { high: Math.floor(seed / 2 ** 32), low: seed >>> 0 };
}

/**
 * `count` independent keys made from one, which should not be used again itself.
 *
 * @category Random
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
export function splitKey<K extends Key>(from: K, count = 2): K[] {
  const given: Key = checkKey(from);
  if (!isCount(count) || count > MOST_KEYS) {
    throw new RangeError(`Cannot split a key into ${described(count)}: a count up to ${MOST_KEYS} is needed`);
  }
  if (given instanceof Tensor) return splitTensor(given, count) as K[];
  return Array.from({ length: count }, (_, i) => {
    const [high, low] = threefry(numberWords, [given.high, given.low], [0, i]);
    return { high, low } as K;
  });
}

/**
 * A key as a tensor in memory of its own: u32 `[2]`, on the backend in use unless said. It outlives scopes, and moves
 * with the module that holds it.
 *
 * @category Random
 * @example
 * ```ts
 * import { key, keyTensor, splitKey, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const [words, tensor] = [key(7), keyTensor(key(7))].map((key) => uniform([3], { key: splitKey(key)[1] }));
 * assertEquals(await tensor.array(), await words.array());
 * ```
 */
export function keyTensor(from: Key, options: { readonly backend?: string | Backend } = {}): Tensor {
  const given = checkKey(from);
  if (given instanceof Tensor) return keep(apply(contiguousCopy, [given], null));
  return keep(fromArray(Uint32Array.of(given.high, given.low), [2], options));
}

/** Each is an object: of more, split some again. */
const MOST_KEYS = 2 ** 20;

function globalKeys(): Changing<KeyWords> {
  return context.keys ??= new Changing(key(0));
}

/**
 * Starts the sequence that random functions draw keys from when none is given; it starts at seed 0 by
 * itself. The seed is an integer from 0 to 2⁵³ - 1, else a RangeError.
 *
 * @category Random
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
 * @category Random
 */
export function randomState(): KeyWords {
  return globalKeys().value;
}

/**
 * Puts the global sequence where {@link randomState} found it.
 *
 * @category Random
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
export function setRandomState(to: KeyWords): void {
  globalKeys().value = checkKey(to);
}

/**
 * The next key of the global sequence.
 *
 * @category Random
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
 * The next key of a sequence of one's own, which goes on as {@link nextKey} does. A layer that draws keeps a {@link
 * keyTensor}, which is changed in place to the next of the sequence; on the host it is a `Changing`, so that {@link
 * checkpoint} finds it again.
 *
 * @category Random
 * @example
 * ```ts
 * import { Changing, drawKey, key, keyTensor, uniform } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const a = new Changing(key(1)), b = keyTensor(key(1));
 * const [first, second] = [drawKey(a), drawKey(a)];
 * assertNotEquals(first, second);
 * assertEquals(await uniform([3], { key: drawKey(b) }).array(), await uniform([3], { key: first }).array());
 * ```
 */
export function drawKey(sequence: Changing<KeyWords> | Tensor): Key {
  if (sequence instanceof Tensor) return forEach(drawTensor(sequence), context.layers);
  const [next, drawn] = splitKey(sequence?.value);
  sequence.value = next;
  return forEach(context.recorder?.lifted(drawn, sequence) ?? drawn, context.layers);
}

function tensorOf(key: Key): Tensor {
  return key instanceof Tensor ? key : fromArray(Uint32Array.of(key.high, key.low), [2]);
}

// Where code runs for each element of a batch, each has a key of those that this one is split into.
function forEach(key: Key, layers: ActiveLayer | null): Key {
  if (layers === null) return key;
  const { layer: { each }, outer } = layers, below = forEach(key, outer);
  return each ? each.of(under(outer, () => keysFrom(tensorOf(below), each.count))) : below;
}

function drawTensor(sequence: Tensor): Tensor {
  const [next, drawn] = splitKey(sequence);
  assign(sequence, next);
  return drawn;
}

registerFunctions({ keyTensor: 0 }, { dtypes: ["u32"], differentiable: false });
