import { blockUntilReady, numpy as np } from "@jax-js/jax";
import { type Contender, timed, timedApart } from "../../harness/measure.ts";
import { OPS } from "../../works/device_host.ts";
import { positives } from "../../works/inputs.ts";
import type { Count } from "../../works/work.ts";
import { array, inMode, type Mode } from "./jax.ts";

export function host({ n }: Count, mode: Mode): Contender {
  const x = array(positives(n), [n]), sin = inMode((x: np.Array) => np.sin(x), mode);
  const run = () => {
    let y = x.ref;
    for (let i = 0; i < OPS; i++) y = sin(y);
    return y.data();
  };
  return timedApart(run, run);
}

export function matmul({ n }: Count, mode: Mode): Contender {
  const a = array(positives(n * n, 1), [n, n]), b = array(positives(n * n, 2), [n, n]);
  const product = inMode((a: np.Array, b: np.Array) => np.matmul(a, b), mode);
  const run = async () => {
    const c = product(a.ref, b.ref);
    await blockUntilReady([c]);
    c.dispose();
  };
  const answer = () => product(a.ref, b.ref).slice(0).data() as Promise<Float32Array>;
  return { ...timed(run, answer), close: () => [a, b].forEach((x) => x.dispose()) };
}
