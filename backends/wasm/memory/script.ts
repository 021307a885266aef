/** What stands in for a heap while a kernel's calls are written down in place of being made. */
import type { DType } from "@tapegrad/core/backend";
import type { Run } from "../modules.ts";
import type { Job } from "../threads/job.ts";

/** Takes note of what a kernel does. */
export interface Script {
  /** What calls are told to that are made one after another. */
  readonly job: Job;
  /** A call; one that can fail gives what it failed for, else 0. */
  call(run: Run, args: readonly number[], fail?: (found: number) => void): void;
  /** What a function says of elements, which is not known yet: a kernel is written down for both answers. */
  decide(run: Run, args: readonly number[]): boolean;
  /** Bytes that are copied. */
  copy(to: number, from: number, bytes: number): void;
  /** Bytes that become 0. */
  clear(pointer: number, bytes: number): void;
  /** Numbers that are written. */
  put(dtype: DType, pointer: number, numbers: readonly number[]): void;
  /** The pointer of whole numbers that stay. */
  table(count: number, fill: (table: Int32Array) => void): number;
  /** Room until `use` ends. */
  scratch<T>(bytes: number, use: (pointer: number) => T): T;
  /** Room until the kernel ends. */
  allocate(bytes: number): number;
  /** A job. */
  parallel(nanoseconds: number, room: number, build: (job: Job, room: number) => void): void;
}

/** What a kernel does that cannot be written down: it looks at elements. */
export class Unscripted extends Error {}
