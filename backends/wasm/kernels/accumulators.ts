/** Accumulators of a fold: variables that elements join in turn. */
import type { DType } from "@tapegrad/core/backend";
import type { Local } from "../assembler/body.ts";
import { i32, op, shuffle, v128, type Value } from "../assembler/values.ts";
import { type Place, scatterPack, storePack } from "../expr/access.ts";
import type { Code, Lanes } from "../expr/lanes.ts";
import { lanesOf, masksFor, type Pack } from "../expr/pack.ts";
import type { Fold, State } from "./reduce_folds.ts";

/** So many states of one fold. */
export class Accumulators {
  readonly #code: Code;
  readonly #fold: Fold;
  readonly #on: Lanes;
  readonly #states: readonly (readonly Local[])[];

  /** States of nothing. */
  constructor(code: Code, fold: Fold, count: number) {
    this.#code = code;
    this.#fold = fold;
    this.#on = lanesOf(code, fold.dtype);
    this.#states = Array.from({ length: count }, () => {
      return fold.start(this.#on).map((value) => code.body.keep(value));
    });
  }

  /** What elements are brought to. */
  get dtype(): DType {
    return this.#fold.dtype;
  }

  /** Makes them states of nothing again. */
  reset(): void {
    for (const state of this.#states) this.#set(state, this.#fold.start(this.#on));
  }

  /** Has each part of a pack join a state; of a pack of four, those beyond `left` do not. */
  join(pack: Pack, left?: Value<"i32">): void {
    const code = this.#code, on = this.#on, [neutral] = this.#fold.start(on);
    const masks = left &&
      masksFor(code, { dtype: "bool", parts: [code.keep(below(left))] }, this.#fold.dtype);
    pack.parts.forEach((part, i) => {
      const x = code.keep(masks ? on.choose(masks[i], part, neutral) : part);
      const state = this.#states[i % this.#states.length];
      this.#set(state, this.#fold.join(on, state, x));
    });
  }

  #set(state: readonly Local[], values: State): void {
    values.forEach((value, i) => this.#code.body.set(state[i], value));
  }

  /** The states as parts of a pack, each folded for itself. */
  parts(): Pack {
    return { dtype: this.#fold.dtype, parts: this.#states.map((state) => this.#fold.value(this.#on, state)) };
  }

  /** One vector of what all states are of together, lane by lane. */
  merged(): Pack {
    return this.#packOf(this.#all());
  }

  /** One number of what all states and lanes are of together, in every lane. */
  total(): Pack {
    const on = this.#on;
    let state = this.#all();
    for (const bytes of on.count === 4 ? [8, 4] : on.count === 2 ? [8] : []) {
      const kept = state.map((x) => this.#code.keep(x));
      state = this.#fold.merge(on, kept, kept.map((x) => turned(x as Value<"v128">, bytes)));
    }
    return this.#packOf(state);
  }

  #all(): State {
    let states: readonly State[] = this.#states;
    while (states.length > 1) {
      const half = states.length / 2;
      states = states.slice(0, half).map((a, i) => {
        return this.#fold.merge(this.#on, a, states[half + i]).map((x) => this.#code.keep(x));
      });
    }
    return states[0];
  }

  #packOf(state: State): Pack {
    const kept = state.map((x) => this.#code.keep(x)),
      value = this.#code.keep(this.#fold.value(this.#on, kept));
    return { dtype: this.#fold.dtype, parts: [value] };
  }
}

/** Which of four places are below a count. */
export function below(count: Value<"i32">): Value<"v128"> {
  return op("i32x4.lt_u", v128(Int32Array.of(0, 1, 2, 3)), op("i32x4.splat", count));
}

function turned(x: Value<"v128">, bytes: number): Value<"v128"> {
  return shuffle(x, x, Array.from({ length: 16 }, (_, i) => (i + bytes) % 16));
}

/** Stores what is in every lane once. */
export function storeOne(code: Code, place: Place, { dtype, parts: [part] }: Pack): void {
  if (!code.isVector) return storePack(code, place, { dtype, parts: [part] });
  const parts = dtype === "f64" ? [part, part] : [part];
  scatterPack(code, { ...place, step: 0, left: i32(1) }, { dtype, parts }, 4);
}
