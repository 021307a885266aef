/** Sorting by digits: elements become words in whose order they are to be, which are sorted byte by byte. */
import type { DType } from "@tapegrad/core/backend";
import type { Body, Callable, Local } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import {
  f32,
  f64,
  i32,
  i64,
  type Int,
  load,
  op,
  plus,
  select,
  times,
  type Value,
} from "../assembler/values.ts";

/** How elements become keys. */
interface Keys {
  /** How many bytes a key has. */
  readonly bytes: 4 | 8;
  /** The key of the element at an address. */
  of(body: Body, address: Local<"i32">): Value<"i32"> | Value<"i64">;
}

const LEAST = -(2 ** 31), LEAST_LONG = -(2n ** 63n);

const words: Keys = { bytes: 4, of: (_, address) => load("i32.load", address) };

const keys: Readonly<Record<DType, Keys>> = {
  f16: {
    bytes: 4,
    of(body, address): Value<"i32"> {
      const bits = body.keep(op("i32.shl", load("i32.load16_u", address), i32(16)));
      const isNaN = op("i32.gt_u", op("i32.and", bits, i32(2 ** 31 - 1)), i32(0x7c00_0000));
      return ordered(body, bits, isNaN, op("i32.eqz", op("i32.shl", bits, i32(1))));
    },
  },
  f32: {
    bytes: 4,
    of(body, address): Value<"i32"> {
      const x = body.keep(load("f32.load", address)), bits = body.keep(op("i32.reinterpret_f32", x));
      return ordered(body, bits, op("f32.ne", x, x), op("f32.eq", x, f32(0)));
    },
  },
  f64: {
    bytes: 8,
    of(body, address): Value<"i64"> {
      const x = body.keep(load("f64.load", address)), bits = op("i64.reinterpret_f64", x);
      const kept = body.keep(select(op("f64.eq", x, f64(0)), i64(0n), bits));
      const signs = op("i64.or", op("i64.shr_s", kept, i64(63n)), i64(LEAST_LONG));
      return select(op("f64.ne", x, x), i64(-1n), op("i64.xor", kept, signs));
    },
  },
  i32: { bytes: 4, of: (_, address) => op("i32.xor", load("i32.load", address), i32(LEAST)) },
  u32: words,
  bool: { bytes: 4, of: (_, address) => load("i32.load8_u", address) },
};

// The bits of floats grow with them once those of negative ones are turned around; zeros are alike, NaN is above all.
function ordered(
  body: Body,
  bits: Value<"i32">,
  isNaN: Value<"i32">,
  isZero: Value<"i32">,
): Value<"i32"> {
  const kept = body.keep(select(isZero, i32(0), bits));
  const signs = op("i32.or", op("i32.shr_s", kept, i32(31)), i32(LEAST));
  return select(isNaN, i32(-1), op("i32.xor", kept, signs));
}

/** How elements of a dtype become keys. */
export function keysOf(dtype: DType): Keys {
  return keys[dtype];
}

/** Up to here inserting one by one takes less than counting. */
const FEW = 40;
const DIGITS = 256, WORD = 4;

// The pointers of the elements and of their order; how many; their steps; what flips the bits of keys; the pointers of
// counts, of keys and of places.
const PARAMETERS = Array.from({ length: 9 }, () => "i32" as const);

/** A function that writes the order of elements. */
export function sorting(module: Module, dtype: DType): Callable {
  return module.define(PARAMETERS, null, (body, parameters) => {
    const [from, to, n, step, move, flip, counts, keysAt, places] = parameters;
    const sort = new Sort(body, keysOf(dtype), { n, counts, keysAt, places });
    sort.fill(from, step, flip);
    body.if(
      op("i32.le_u", n, i32(FEW)),
      () => sort.insert(),
      () => sort.byDigits(),
    );
    const k = body.local("i32"), p = body.keep(sort.places);
    body.upTo(k, n, 1, () => {
      body.store("i32.store", to, load("i32.load", p));
      body.advance(p, WORD);
      body.advance(to, move);
    });
  });
}

interface Room {
  readonly n: Local<"i32">;
  readonly counts: Local<"i32">;
  readonly keysAt: Local<"i32">;
  readonly places: Local<"i32">;
}

type Key = Value<"i32"> | Value<"i64">;

/** The code of a sort, whose keys and places are moved from one half of their room to the other. */
class Sort {
  readonly places: Local<"i32">;
  readonly #body: Body;
  readonly #kind: Keys;
  readonly #n: Local<"i32">;
  readonly #counts: Local<"i32">;
  readonly #keys: Local<"i32">;

  constructor(body: Body, kind: Keys, { n, counts, keysAt, places }: Room) {
    this.#body = body;
    this.#kind = kind;
    this.#n = n;
    this.#counts = counts;
    this.#keys = keysAt;
    this.places = places;
  }

  /** Writes keys and places in the order of the elements. */
  fill(from: Local<"i32">, step: Int, flip: Local<"i32">): void {
    const body = this.#body, k = body.local("i32");
    body.upTo(k, this.#n, 1, () => {
      this.#putKey(this.#key(k), this.#flipped(this.#kind.of(body, from), flip));
      body.store("i32.store", this.#place(k), k);
      body.advance(from, step);
    });
  }

  #flipped(key: Key, flip: Local<"i32">): Key {
    return key.type === "i32"
      ? op("i32.xor", key as Value<"i32">, flip)
      : op("i64.xor", key as Value<"i64">, op("i64.extend_i32_s", flip));
  }

  /** Moves each key before those before it that are larger. */
  insert(): void {
    const body = this.#body, k = body.keep(i32(1));
    body.upTo(k, this.#n, 1, () => {
      const key = body.keep(this.#loaded(this.#key(k)) as Value),
        place = body.keep(load("i32.load", this.#place(k)));
      const j = body.keep(k as Value<"i32">);
      body.block((end) => {
        body.loop((start) => {
          body.branchIf(end, op("i32.eqz", j));
          const before = body.keep(op("i32.sub", j, i32(1))),
            other = body.keep(this.#loaded(this.#key(before)) as Value);
          body.branchIf(end, this.#isUpTo(other, key));
          this.#putKey(this.#key(j), other as Key);
          body.store("i32.store", this.#place(j), load("i32.load", this.#place(before)));
          body.set(j, before);
          body.branch(start);
        });
      });
      this.#putKey(this.#key(j), key as Key);
      body.store("i32.store", this.#place(j), place);
    });
  }

  /** Sorts by one byte after another, the lowest first; a byte that all keys have alike changes nothing. */
  byDigits(): void {
    const body = this.#body, { bytes } = this.#kind, n = this.#n, k = body.local("i32");
    body.fill(this.#counts, 0, DIGITS * WORD * bytes);
    body.upTo(k, n, 1, () => {
      const key = body.keep(this.#loaded(this.#key(k)) as Value) as Key;
      for (let digit = 0; digit < bytes; digit++) this.#increase(this.#count(key, digit));
    });
    const otherKeys = body.keep(plus(this.#keys, times(n, bytes)));
    const otherPlaces = body.keep(plus(this.places, times(n, WORD)));
    for (let digit = 0; digit < bytes; digit++) {
      const first = load("i32.load", this.#count(this.#loaded(this.#keys), digit));
      body.if(op("i32.ne", first, n), () => this.#distribute(digit, otherKeys, otherPlaces));
    }
  }

  #distribute(digit: number, otherKeys: Local<"i32">, otherPlaces: Local<"i32">): void {
    const body = this.#body, k = body.keep(i32(0));
    this.#makeStarts(digit);
    body.upTo(k, this.#n, 1, () => {
      const key = body.keep(this.#loaded(this.#key(k)) as Value) as Key,
        count = body.keep(this.#count(key, digit));
      const at = body.keep(load("i32.load", count));
      this.#increase(count);
      this.#putKey(plus(otherKeys, times(at, this.#kind.bytes)), key);
      body.store("i32.store", plus(otherPlaces, times(at, WORD)), load("i32.load", this.#place(k)));
    });
    for (const [one, other] of [[this.#keys, otherKeys], [this.places, otherPlaces]]) {
      const held = body.keep(one as Value<"i32">);
      body.set(one, other);
      body.set(other, held);
    }
  }

  // How many keys have a lower digit, in place of how many have each.
  #makeStarts(digit: number): void {
    const body = this.#body, at = body.keep(plus(this.#counts, digit * DIGITS * WORD));
    const end = body.keep(plus(at, DIGITS * WORD)), sum = body.keep(i32(0));
    body.upTo(at, end, WORD, () => {
      const count = body.keep(load("i32.load", at));
      body.store("i32.store", at, sum);
      body.advance(sum, count);
    });
  }

  #increase(count: Int): void {
    const at = this.#body.keep(count as Value<"i32">);
    this.#body.store("i32.store", at, plus(load("i32.load", at), 1));
  }

  #count(key: Key, digit: number): Value<"i32"> {
    const low = key.type === "i32"
      ? op("i32.shr_u", key as Value<"i32">, i32(8 * digit))
      : op("i32.wrap_i64", op("i64.shr_u", key as Value<"i64">, i64(BigInt(8 * digit))));
    const offset = times(op("i32.and", low, i32(DIGITS - 1)), WORD);
    return plus(plus(this.#counts, digit * DIGITS * WORD), offset);
  }

  #isUpTo(a: Value, b: Value): Value<"i32"> {
    return a.type === "i32"
      ? op("i32.le_u", a as Value<"i32">, b as Value<"i32">)
      : op("i64.le_u", a as Value<"i64">, b as Value<"i64">);
  }

  #loaded(address: Int): Key {
    return this.#kind.bytes === 4 ? load("i32.load", address) : load("i64.load", address);
  }

  #putKey(address: Int, key: Key): void {
    if (key.type === "i32") this.#body.store("i32.store", address, key as Value<"i32">);
    else this.#body.store("i64.store", address, key as Value<"i64">);
  }

  #key(k: Int): Value<"i32"> {
    return plus(this.#keys, times(k, this.#kind.bytes));
  }

  #place(k: Int): Value<"i32"> {
    return plus(this.places, times(k, WORD));
  }
}
