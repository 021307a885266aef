/** Tensors of devices whose memory is not the host's, by way of it. */
import { bytesPerElement, noGrad, read, type Tensor, tensor, type TypedArray } from "@tapegrad/core";
import { sumHere } from "../collectives/gradients.ts";
import { broadcast, broadcastHere } from "../collectives/linear.ts";
import { DistributedError } from "../error.ts";
import type { Job } from "../job.ts";

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
  const arrays = await read(tensors);
  for (const array of arrays) broadcastHere(job, bytes(array), 0);
  writeBack(tensors, arrays, (own, value) => noGrad(() => overwrite(own, value)));
}

function bytes({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeBack(
  tensors: readonly Tensor[],
  arrays: readonly TypedArray[],
  write: (own: Tensor, value: Tensor) => void,
): void {
  tensors.forEach((own, i) => {
    const { dtype, shape, backend } = own;
    write(own, tensor(arrays[i], { dtype, backend }).reshape(shape));
  });
}

/** Makes gradients the mean over ranks, through one bucket of the host's. */
export async function meanOnHost(job: Job, parameters: readonly Tensor[]): Promise<void> {
  const present = parameters.filter(({ grad }) => grad);
  const arrays = await read(present.map(({ grad }) => grad!)), [first] = arrays;
  if (
    arrays.some((array) => array.constructor !== first.constructor || bytesPerElement(present[0].dtype) < 4)
  ) {
    throw new DistributedError(
      "Cannot sum gradients on the host: parameters of one dtype, f32 or f64, are needed",
    );
  }
  const row = new (first.constructor as Float32ArrayConstructor)(
    arrays.reduce((n, { length }) => n + length, 0),
  );
  let at = 0;
  for (const array of arrays) row.set(array as Float32Array, (at += array.length) - array.length);
  sumHere(job, row);
  for (let i = 0; i < row.length; i++) row[i] /= job.size;
  at = 0;
  const parts = arrays.map(({ length }) => row.subarray(at, at += length));
  writeBack(present, parts, (own, value) => own.setGrad(value));
}
