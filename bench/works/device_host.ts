import { fromArray, scope } from "@tapegrad/tapegrad";
import { type Contender, timedApart } from "../harness/measure.ts";
import { positives } from "./inputs.ts";
import type { Count, Work } from "./work.ts";

/** How many ops are batched. */
export const OPS = 200;

/** What an op costs this thread, from its call until its command is with the device. */
export const work: Work<"device-host"> = {
  name: "device-host",
  title: "host time of one op, 200 batched",
  about: `host time of one op on 64 elements, ${OPS} ops batched, without waiting for the device`,
  unit: "µs",
  pieces: OPS,
  onDevice: true,
  cases: [{ label: "sin", dtype: "f32", given: { n: 64 } }],
  ours: [{ how: "eager", prepare }],
};

function prepare({ n }: Count): Contender {
  const x = fromArray(positives(n), [n]);
  const run = () => {
    let y = x;
    for (let i = 0; i < OPS; i++) y = y.sin();
    return y;
  };
  return timedApart(() => scope(() => run().data()), () => scope(() => run().data()));
}
