/** Which gradients are summed together. */
import { bytesPerElement, type Tensor } from "@tapegrad/core";

/** Bytes of the first bucket, which is full while most of backward is still to come, and of all others: as PyTorch's. */
const FIRST = 2 ** 20, MOST = 25 * 2 ** 20;

function bytesOf({ size, dtype }: Tensor): number {
  return size * bytesPerElement(dtype);
}

function goTogether(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && a.backend === b.backend;
}

/** Parameters in groups, in the order in which backward comes to them, the last first: one dtype and backend each. */
export function bucketsOf(parameters: readonly Tensor[]): Tensor[][] {
  const buckets: Tensor[][] = [];
  let bytes = 0, most = FIRST;
  for (const parameter of parameters.toReversed()) {
    const last = buckets.at(-1);
    if (last && goTogether(last[0], parameter) && bytes + bytesOf(parameter) <= most) {
      last.push(parameter);
      bytes += bytesOf(parameter);
      continue;
    }
    if (last) most = MOST;
    buckets.push([parameter]);
    bytes = bytesOf(parameter);
  }
  return buckets;
}
