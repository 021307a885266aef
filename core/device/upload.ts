/** Elements of the host on their way to a device. */
import { dtypeOfArray, type TypedArray } from "../base/dtype.ts";
import { contiguousLayout } from "../base/layout.ts";
import type { Backend, Buffer } from "./backend.ts";
import { observed } from "./observe.ts";
import { timed } from "./profile.ts";

/** Fills a buffer from its start, under the eyes of profiles. */
export function upload(backend: Backend, buffer: Buffer, data: TypedArray): void {
  if (!observed) return backend.write(buffer, data);
  const view = { buffer, dtype: dtypeOfArray(data), ...contiguousLayout([data.length]) };
  timed("upload", backend, [view], () => backend.write(buffer, data));
}
