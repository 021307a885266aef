import type { DType, MemoryInfo } from "@tapegrad/core";

interface Lease {
  readonly key: string;
  readonly bytes: number;
}

/** Smaller buffers are cheaper to make than to look up. */
const WORTH_KEEPING = 16 * 1024;
/** How much a pool holds on to. */
const CAPACITY = 256 * 1024 * 1024;

/** Keeps freed buffers for the next request of the same dtype and length, up to a bound. */
export class BufferPool<B extends WeakKey> {
  readonly #free = new Map<string, B[]>();
  readonly #leases = new WeakMap<B, Lease>();
  #kept = 0;
  #buffers = 0;
  #bytes = 0;

  /** A kept buffer, or a new one from `make`. */
  take(dtype: DType, length: number, bytes: number, make: () => B): B {
    this.#buffers++;
    this.#bytes += bytes;
    if (bytes < WORTH_KEEPING) return make();
    const key = `${dtype}${length}`, found = this.#free.get(key)?.pop();
    if (found) {
      this.#kept -= bytes;
      return found;
    }
    const buffer = make();
    this.#leases.set(buffer, { key, bytes });
    return buffer;
  }

  /** Takes back a buffer of as many bytes as it was taken with. */
  give(buffer: B, bytes: number): void {
    this.#buffers--;
    this.#bytes -= bytes;
    const lease = this.#leases.get(buffer);
    if (!lease || this.#kept + lease.bytes > CAPACITY) return;
    this.#kept += lease.bytes;
    const kept = this.#free.get(lease.key);
    if (kept) kept.push(buffer);
    else this.#free.set(lease.key, [buffer]);
  }

  /** Buffers taken and not given back. */
  memory(): MemoryInfo {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  /** Lets go of all kept buffers. */
  clear(): void {
    this.#free.clear();
    this.#kept = 0;
  }
}
