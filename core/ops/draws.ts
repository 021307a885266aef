/** How random numbers are drawn: maps of counters and the words of a key. */
import { checkDtype, type DType, isFloating } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { checkShape, type Shape, sizeOf } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import type { Backend } from "../device/backend.ts";
import { withBackend } from "../device/choice.ts";
import { defaultDtype } from "../device/context.ts";
import { e } from "../expr/e.ts";
import { type Expr, input } from "../expr/expr.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import { transfer } from "../primitives/transfer.ts";
import { cached } from "../tensor/constants.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkKey, counted, wordsOf } from "./key_words.ts";
import { type Key, nextKey } from "./keys.ts";
import { chosenBackend } from "./place.ts";
import { reshape } from "./shape.ts";
import { exprWords, threefry } from "./threefry.ts";

// Inputs of every random map: the counter, the words of the key, then parameters.
/** The words of a counter and a key. */
export const [WORD_A, WORD_B] = threefry(exprWords, [input(1), input(2)], [e.cast(0, "u32"), input(0)]);
/** Both of them, combined. */
export const WORD: Expr = e.bitXor(WORD_A, WORD_B);

/**
 * Where random numbers come from and go to.
 *
 * @category Random
 */
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

/**
 * What random functions may be told.
 *
 * @category Random
 */
export interface RandomOptions extends DrawOptions {
  /** Dtype of the result. */
  readonly dtype?: DType;
}

/** The options that are told of it. */
export const drawing = { key: null, backend: null };

/** Draws by a map of counters and the words of a key. */
export function draw(
  attributes: MapAttributes,
  shape: Shape,
  options: DrawOptions,
  parameters: readonly number[] = [],
): Tensor {
  const backend = placeOf(options), extents = checkShape("draw", shape), length = sizeOf(extents);
  const word = (value: number) => cached(backend, "u32", value);
  // A key is drawn last, so that what is refused does not move the sequence.
  const key = checkKey(options.key ?? withBackend(backend, nextKey));
  const words = key instanceof Tensor ? wordsOf(placed(key, backend)) : [key.high, key.low].map(word);
  const inputs = [counted(length, backend), ...words, ...parameters.map(word)];
  return reshape(apply(map, inputs, attributes), extents);
}

// A key that is a tensor says where, unless the options do.
function placeOf({ key, backend }: DrawOptions): Backend {
  return backend === undefined && key instanceof Tensor ? key.backend : chosenBackend({ backend });
}

function placed(key: Tensor, backend: Backend): Tensor {
  return key.backend === backend ? key : apply(transfer, [key], { to: backend });
}

/** What numbers are drawn in. */
export type FloatDtype = "f16" | "f32" | "f64";

/** A floating dtype, the default one unless said. */
export function floatDtype(op: string, dtype: DType | undefined): FloatDtype {
  const chosen = checkDtype(dtype ?? defaultDtype());
  if (isFloating(chosen)) return chosen as FloatDtype;
  throw new DtypeError(
    `Cannot draw ${op} numbers of ${chosen}: a floating dtype is needed, f16, f32 or f64`,
    {
      op,
    },
  );
}

/** All the bits a mantissa holds: k + offset, scaled to 0 … 1. */
export function fraction(dtype: "f32" | "f64", offset: 0 | 0.5): Expr {
  const shift = offset === 0 ? 8 : 9;
  if (dtype === "f32") {
    return e.mul(e.add(e.cast(e.shiftRightLogical(WORD, shift), "f32"), offset), 2 ** (shift - 32));
  }
  const high = e.cast(e.shiftRightLogical(WORD_A, 5), "f64"),
    low = e.cast(e.shiftRightLogical(WORD_B, 6), "f64");
  return e.mul(e.add(e.add(e.mul(high, 2 ** 26), low), offset), 2 ** -53);
}

/** Draws what an expression makes of numbers between 0 and 1, both excluded. */
export function drawnBy(
  name: string,
  of: (u: Expr) => Expr,
): (shape: Shape, options: RandomOptions) => Tensor {
  const single = of(fraction("f32", 0.5)), double = of(fraction("f64", 0.5));
  const maps: Readonly<Record<FloatDtype, MapAttributes>> = {
    // From as many bits as in f32, so that the tails reach as far.
    f16: { name, exprs: [e.cast(single, "f16")] },
    f32: { name, exprs: [single] },
    f64: { name, exprs: [double] },
  };
  return (shape, options) => draw(maps[floatDtype(name, options.dtype)], shape, options);
}
