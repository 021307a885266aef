import type { Compared, Row } from "../../bench/harness/run.ts";
import type { Figures } from "../../bench/report/figures.ts";

/** A peer with a time in each of two rounds, beside ours of 2. */
export function peer(library: string, how: string, rounds: readonly number[]): Compared {
  const time = (rounds[0] + rounds[1]) / 2, ratios = rounds.map((round) => round / 2);
  return { library, how, time, rounds, ratio: time / 2, spread: [Math.min(...ratios), Math.max(...ratios)] };
}

function row(work: string, label: string, peers: readonly Compared[], flops?: number): Row {
  const ours = { library: "tapegrad", how: "eager", time: 2, rounds: [2, 2] };
  return { work, label, dtype: "f32", unit: "ms", flops, ours, peers };
}

/** Figures as a run gives them, with all that can be in them. */
export const figures: Figures = {
  machine: {
    date: "2026-11-28",
    commit: "abcdef0",
    deno: "2.9.6",
    v8: "15.0",
    cpu: "A processor",
    cores: 2,
    clock: 2,
    load: 0.1,
  },
  backend: "wasm",
  versions: { "jax-js": "0.1.25", "TensorFlow.js": "4.22.0", "PyTorch": "1.13 with OpenBLAS" },
  rounds: 2,
  rows: [
    row("overhead", "add", [peer("tapegrad", "cpu", [2, 2])]),
    row("chain", "", [
      peer("tapegrad", "cpu", [80, 120]),
      peer("jax-js", "eager", [6, 10]),
      peer("jax-js", "jit", [1, 3]),
      { library: "TensorFlow.js", how: "wasm", error: "wrong answer: number 0 is 1 where tapegrad has 2" },
      peer("PyTorch", "eager", [0.5, 0.5]),
    ]),
    row("sgemm", "512 A·B", [
      peer("128-bit peak", "relaxed madd", [1.8, 1.9]),
      peer("jax-js", "eager", [2.5, 2.5]),
    ], 128e6),
  ],
};
