/** Processes that an mpirun began: they learn the digits together, and the first tells of it. */
import {
  allReduce,
  connect,
  distribute,
  DistributedSampler,
  synchronizeBatchNorm,
} from "@tapegrad/distributed";
import { tensor } from "@tapegrad/tapegrad";
import type { Together } from "./experiments/digits.ts";

/** Who this process is among those of the demo. */
export interface Joined {
  readonly isFirst: boolean;
  /** What there is of others, if there are any. */
  readonly together?: Together;
  /** What the gallery says of them. */
  readonly words: string;
}

const alone: Joined = { isFirst: true, words: "" };

/** Joins the others, where a launcher began several and it may be known. */
export async function joined(): Promise<Joined> {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "PMI_RANK" });
  if (state !== "granted") return alone;
  const { isFirst, size, library } = await connect();
  if (size === 1) return alone;
  const together: Together = {
    size,
    sampler: (data) => new DistributedSampler(data),
    share(model): void {
      synchronizeBatchNorm(model);
      distribute(model);
    },
    mean: (value) => allReduce(tensor(value, { dtype: "f64" }), "mean").itemSync(),
  };
  return { isFirst, together, words: ` in ${size} processes over ${library}` };
}
