/** How many times as long as we a peer is to take at least, by the work and the peer. */
import type { Row } from "../harness/run.ts";

type Goals = Readonly<Record<string, number>>;

/** 1.3 and 1.5 on products, by size from 512 on. */
const products: Goals = {
  "128-bit peak": 0.85,
  "TensorFlow.js": 1.3,
  "jax-js eager": 1.5,
  "jax-js jit": 1.5,
};
/** Twice as fast as the better peer is twice as fast as each. */
const arrays: Goals = { "TensorFlow.js": 2, "jax-js eager": 2, "jax-js jit": 2 };

const goals: Readonly<Record<string, Goals>> = {
  gradient: { "tapegrad cpu": 1, "PyTorch": 10 },
  perceptron: { "tapegrad cpu": 1, "PyTorch": 2 },
  network: { "jax-js jit": 1, "jax-js eager": 8 },
  mlp: { "jax-js jit": 2 },
  cnn: { "PyTorch eager": 0.4 },
  lstm: { "jax-js jit": 2, "PyTorch eager": 0.3 },
  block: { "jax-js jit": 1.5 },
  chain: arrays,
  sum: arrays,
  softmax: arrays,
  "gradient, compiled": { "PyTorch": 100 },
  "perceptron, compiled": { "PyTorch": 10, "jax-js jit": 20 },
  "network, compiled": { "PyTorch": 3, "jax-js jit": 5 },
  "mlp, compiled": { "jax-js jit": 2.5 },
  "cnn, compiled": { "tapegrad eager": 1.3 },
  "lstm, compiled": { "tapegrad eager": 1.3 },
  "block, compiled": { "tapegrad eager": 1.3 },
  // Of the memory's bandwidth.
  "chain, compiled": { "PyTorch": 2, "a copy": 0.8 },
  "softmax, compiled": { "PyTorch": 2, "a copy": 0.8 },
  "layernorm, compiled": { "PyTorch": 2, "a copy": 0.8 },
  "compile-network": { "the limit": 1 },
  "compile-block": { "the limit": 1 },
  // 0.6 of the memory.
  "memory-block, compiled": { "tapegrad eager": 1.67 },
};

/** What is to be reached beside a peer, if that was said. */
export function goalOf(
  { work, label }: Pick<Row, "work" | "label">,
  { library, how }: { readonly library: string; readonly how: string },
): number | undefined {
  const name = label.endsWith("compiled") ? `${work}, compiled` : work;
  const ofWork = work === "sgemm" && parseInt(label) >= 512 ? products : goals[name];
  return ofWork?.[library] ?? ofWork?.[`${library} ${how}`];
}
