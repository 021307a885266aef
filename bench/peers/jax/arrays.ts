import { nn, numpy as np } from "@jax-js/jax";
import { type Contender, timed } from "../../harness/measure.ts";
import { positives, sampled, shifted } from "../../works/inputs.ts";
import type { Count, Product } from "../../works/work.ts";
import { array, finish, inMode, type Mode } from "./jax.ts";

export function chain({ n }: Count, mode: Mode): Contender {
  return elementwise((x) => np.tanh(x.ref.mul(2).add(1)).mul(x), array(positives(n), [n]), mode);
}

export function softmax({ n }: Count, mode: Mode): Contender {
  return elementwise((x) => nn.softmax(x, -1), array(positives(n * n), [n, n]), mode);
}

export function layernorm({ n }: Count, mode: Mode): Contender {
  const normalized = (x: np.Array) => {
    const centered = x.ref.sub(np.mean(x, 1, { keepdims: true }));
    const variance = np.mean(np.square(centered.ref), 1, { keepdims: true });
    return centered.mul(np.reciprocal(np.sqrt(variance.add(1e-5))));
  };
  return elementwise(normalized, array(positives(n * n), [n, n]), mode, shifted);
}

function elementwise(
  fn: (x: np.Array) => np.Array,
  x: np.Array,
  mode: Mode,
  compared: (values: ArrayLike<number>) => number[] = sampled,
): Contender {
  const y = inMode(fn, mode);
  return timed(() => finish([y(x.ref)], mode), () => compared(y(x.ref).dataSync()));
}

export function sum({ n }: Count, mode: Mode): Contender {
  const x = array(positives(n), [n]);
  const total = inMode((x: np.Array) => x.sum(), mode);
  const read = () => total(x.ref).dataSync();
  return timed(mode.sync ? read : () => total(x.ref).data(), read);
}

export function sgemm({ n, transposed }: Product, mode: Mode): Contender {
  const [a, b] = [1, 2].map((seed) => array(positives(n * n, seed), [n, n]));
  const turn = (x: np.Array, is: boolean) => is ? x.transpose() : x;
  const product = inMode(
    (a: np.Array, b: np.Array) => np.matmul(turn(a, transposed[0]), turn(b, transposed[1])),
    mode,
  );
  return {
    ...timed(
      () => finish([product(a.ref, b.ref)], mode),
      () => product(a.ref, b.ref).slice(n - 1).dataSync(),
    ),
    close: () => [a, b].forEach((x) => x.dispose()),
  };
}
