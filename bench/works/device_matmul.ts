import { currentBackend, fromArray, scope } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { positives } from "./inputs.ts";
import type { Count, Work } from "./work.ts";

/** Only a real GPU multiplies larger ones in a bearable time. */
const LARGEST_IN_SOFTWARE = 1024;

/** Products of square matrices on a device. */
export const work: Work<"device-matmul"> = {
  name: "device-matmul",
  title: "product of two square matrices",
  about: "the product of two square matrices on a device, waited for",
  unit: "ms",
  onDevice: true,
  cases: [256, 512, 1024, 2048, 4096, 8192].map((n) => ({
    label: `${n}`,
    dtype: "f32",
    given: { n },
    flops: 2 * n ** 3,
    long: n > 256,
    large: n > LARGEST_IN_SOFTWARE,
  })),
  ours: [{ how: "eager", prepare }],
};

function prepare({ n }: Count): Contender {
  const a = fromArray(positives(n * n, 1), [n, n]), b = fromArray(positives(n * n, 2), [n, n]);
  const run = async () => {
    using product = a.matmul(b);
    await currentBackend().synchronize();
    return product;
  };
  const answer = () => scope(() => a.matmul(b).slice(0).data());
  return { ...timed(run, answer), close: () => [a, b].forEach((x) => x.dispose()) };
}
