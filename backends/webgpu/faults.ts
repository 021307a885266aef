/** Indices out of range, which only the device sees: kernels report the first, and the next wait throws it. */
import { contiguousLayout, IndexError, type View } from "@tapegrad/core";
import { DeviceBuffer } from "./buffers.ts";
import type { Fault, Gpu } from "./kernel.ts";

/** So many uses are remembered: one that failed longer ago has no name any more. */
const REMEMBERED = 4096;

/** The uses of indices that have not been found right yet. */
export class FaultLog {
  /** Two words: the number of the first use that failed, 0 if none, and its index. */
  readonly view: View & { readonly buffer: DeviceBuffer };
  readonly #uses = new Map<number, (index: number) => Error>();
  #last = 0;

  constructor() {
    this.view = { buffer: new DeviceBuffer("u32", 2), dtype: "u32", ...contiguousLayout([2]) };
  }

  /** Remembers a use and numbers it. */
  watch(describe: (index: number) => Error): Fault {
    this.#last++;
    this.#uses.set(this.#last, describe);
    if (this.#uses.size > REMEMBERED) this.#uses.delete(this.#last - REMEMBERED);
    return { view: this.view, number: this.#last };
  }

  /** Whether there are uses that were not checked. */
  get pending(): boolean {
    return this.#uses.size > 0;
  }

  /** The number of the last use. */
  get last(): number {
    return this.#last;
  }

  /** Forgets the uses up to `last`, which were right. */
  forget(last: number): void {
    for (const number of this.#uses.keys()) {
      if (number > last) return;
      this.#uses.delete(number);
    }
  }

  /** The error of a reported use. */
  error(number: number, index: number): Error {
    return this.#uses.get(number)?.(index) ?? new IndexError(`Cannot use index ${index}: it is out of range`);
  }
}

/** Watches the use of a view of indices along an axis of so many elements. */
export function watchIndex(gpu: Gpu, op: string, index: View, axis: number, extent: number): Fault {
  return gpu.watch((word) => {
    const at = index.dtype === "u32" ? word >>> 0 : word | 0;
    return new IndexError(
      `Cannot ${op} along axis ${axis}: index ${at} is out of range, the extent is ${extent}`,
    );
  });
}

/** The source of `report(number, index)`, which keeps the first failure in the array called `fault`. */
export function faultSource(fault: string): string {
  return `
fn report(number: u32, index: u32) {
  loop {
    let tried = atomicCompareExchangeWeak(&${fault}[0], 0u, number);
    if (tried.exchanged) { atomicStore(&${fault}[1], index); }
    if (tried.exchanged || tried.old_value != 0u) { break; }
  }
}
`;
}
