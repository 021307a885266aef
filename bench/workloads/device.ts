/** Work for a device that is fed by this thread: what feeding it costs, and what it computes. */
import { currentBackend, fromArray, scope } from "@tapegrad/tapegrad";
import { blockUntilReady, numpy as np } from "@jax-js/jax";
import { positives } from "../inputs.ts";
import { type Contender, timed, timedApart } from "../measure.ts";
import { array, inMode, jaxOnGpu, type Mode } from "../peers/jax.ts";
import { type Case, ours, type Workload } from "../workload.ts";
import { bySteps, jaxSteps } from "./network.ts";

/** How many steps a device is given before the loss is read. */
const STEPS = 10;

/** Steps of the small network, the loss read after ten of them. */
export const deviceNetwork: Workload = {
  name: "device-network",
  about: `a training step of the 2-64-64-1 network on a device, the loss read after ${STEPS}`,
  unit: "µs",
  pieces: STEPS,
  onDevice: true,
  cases: [{
    label: "",
    dtype: "f32",
    ours: ours("eager", () => bySteps(STEPS)),
    peers: jaxOnGpu((mode) => jaxSteps(mode, STEPS)),
  }],
};

const OPS = 200;
const WIDTH = 64;

/** What an op costs this thread, from its call until its command is with the device. */
export const deviceHost: Workload = {
  name: "device-host",
  about: `host time of one op on ${WIDTH} elements, ${OPS} ops batched, without waiting for the device`,
  unit: "µs",
  pieces: OPS,
  onDevice: true,
  cases: [{ label: "sin", dtype: "f32", ours: ours("eager", hostByUs), peers: jaxOnGpu(hostByJax) }],
};

function hostByUs(): Contender {
  const x = fromArray(positives(WIDTH), [WIDTH]);
  const run = () => {
    let y = x;
    for (let i = 0; i < OPS; i++) y = y.sin();
    return y;
  };
  return timedApart(() => scope(() => run().data()), () => scope(() => run().data()));
}

function hostByJax(mode: Mode): Contender {
  const x = array(positives(WIDTH), [WIDTH]), sin = inMode((x: np.Array) => np.sin(x), mode);
  const run = () => {
    let y = x.ref;
    for (let i = 0; i < OPS; i++) y = sin(y);
    return y.data();
  };
  return timedApart(run, run);
}

/** Only a real GPU multiplies larger ones in a bearable time. */
const LARGEST_IN_SOFTWARE = 1024;

/** Products of square matrices on a device. */
export const deviceMatmul: Workload = {
  name: "device-matmul",
  about: "the product of two square matrices on a device, waited for",
  unit: "ms",
  onDevice: true,
  cases: [256, 512, 1024, 2048, 4096, 8192].map(product),
};

function product(n: number): Case {
  return {
    label: `${n}`,
    dtype: "f32",
    ours: ours("eager", () => productByUs(n)),
    peers: jaxOnGpu((mode) => productByJax(mode, n)).slice(0, 1),
    large: n > LARGEST_IN_SOFTWARE,
  };
}

function productByUs(n: number): Contender {
  const a = fromArray(positives(n * n, 1), [n, n]), b = fromArray(positives(n * n, 2), [n, n]);
  const run = async () => {
    using product = a.matmul(b);
    await currentBackend().synchronize();
    return product;
  };
  const answer = () => scope(() => a.matmul(b).slice(0).data());
  return { ...timed(run, answer), close: () => [a, b].forEach((x) => x.dispose()) };
}

function productByJax(_mode: Mode, n: number): Contender {
  const a = array(positives(n * n, 1), [n, n]), b = array(positives(n * n, 2), [n, n]);
  const run = async () => {
    const product = np.matmul(a.ref, b.ref);
    await blockUntilReady([product]);
    product.dispose();
  };
  const answer = () => np.matmul(a.ref, b.ref).slice(0).data() as Promise<Float32Array>;
  return { ...timed(run, answer), close: () => [a, b].forEach((x) => x.dispose()) };
}
