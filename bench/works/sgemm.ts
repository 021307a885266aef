import { fromArray, scope, type Tensor } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { positives } from "./inputs.ts";
import type { Case, Product, Work } from "./work.ts";

/** Products of square matrices, as they lie and transposed; nothing is read. */
export const work: Work<"sgemm"> = {
  name: "sgemm",
  title: "product of two matrices",
  about: "products of square matrices, A·B, Aᵀ·B, A·Bᵀ and Aᵀ·Bᵀ",
  unit: "ms",
  cases: [
    ...[64, 128, 256].map((n) => product(n, [false, false])),
    ...[512, 1024, 2048].flatMap((n) =>
      [false, true].flatMap((b) => [false, true].map((a) => product(n, [a, b])))
    ),
  ],
  ours: [{ how: "eager", prepare }],
};

function product(n: number, transposed: readonly [boolean, boolean]): Case<"sgemm"> {
  const [a, b] = transposed.map((is) => is ? "ᵀ" : "");
  const long = n > 512 || n < 128;
  const threads = n >= 512 && !transposed.includes(true);
  return {
    label: `${n} A${a}·B${b}`,
    dtype: "f32",
    given: { n, transposed },
    flops: 2 * n ** 3,
    long,
    threads,
  };
}

function prepare({ n, transposed }: Product): Contender {
  const [a, b] = transposed.map((is, i): Tensor => {
    const x = fromArray(positives(n * n, i + 1), [n, n]);
    return is ? x.transpose() : x;
  });
  return {
    ...timed(() => scope(() => void a.matmul(b)), () => scope(() => a.matmul(b).slice(n - 1).dataSync())),
    close: () => [a, b].forEach((x) => x.dispose()),
  };
}
