/** The parameters and buffers of rank 0 on all ranks. */
import { noGrad, read, type Tensor, tensor, type TypedArray } from "@tapegrad/core";
import { agree } from "../agreement.ts";
import { broadcast, broadcastHere } from "../collectives/linear.ts";
import { inTurn, type Job } from "../job.ts";

/** Gives all ranks the elements that rank 0 has, at once where tensors can be read at once, and then calls `next`. */
export async function spreadFromFirst(job: Job, tensors: readonly Tensor[], next: () => void): Promise<void> {
  if (job.size === 1) return;
  const [now, later] = [true, false].map((is) => tensors.filter((t) => t.backend.synchronous === is));
  noGrad(() => now.forEach((t) => overwrite(t, broadcast(t))));
  if (later.length > 0) await spreadLater(job, later);
  noGrad(next);
}

function overwrite(own: Tensor, value: Tensor): void {
  own.assign(value);
}

async function spreadLater(job: Job, tensors: readonly Tensor[]): Promise<void> {
  const arrays = await inTurn(job, read(tensors), (come) => {
    if (!come) agree(job, "spread a model", "elements that did not arrive");
    for (const array of come ?? []) broadcastHere(job, bytes(array), 0);
    return come ?? [];
  });
  noGrad(() =>
    tensors.forEach((own, i) => {
      const { dtype, shape, backend } = own;
      overwrite(own, tensor(arrays[i], { dtype, backend }).reshape(shape));
    })
  );
}

function bytes({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
