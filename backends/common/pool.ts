import { checkLength, type MemoryInfo } from "@tapegrad/core/backend";

interface Lease {
  readonly key: string | number;
  readonly bytes: number;
}

/** What a pool keeps. */
export interface PoolOptions<B> {
  /** Smaller buffers are cheaper to make than to look up; 16 KiB unless said. */
  readonly worthKeeping?: number;
  /** How many bytes it holds on to; 256 MiB unless said. */
  readonly capacity?: number;
  /** What becomes of a buffer that it does not keep. */
  readonly discard?: (buffer: B) => void;
}

/** Keeps freed buffers for the next request under the same key, up to a bound. */
export class BufferPool<B extends WeakKey> {
  readonly #free = new Map<string | number, B[]>();
  readonly #leases = new WeakMap<B, Lease>();
  readonly #worthKeeping: number;
  readonly #capacity: number;
  readonly #discard: (buffer: B) => void;
  #kept = 0;
  #buffers = 0;
  #bytes = 0;

  constructor(options: PoolOptions<B> = {}) {
    this.#worthKeeping = options.worthKeeping ?? 16 * 1024;
    this.#capacity = options.capacity ?? 256 * 1024 * 1024;
    this.#discard = options.discard ?? (() => {});
  }

  /**
   * A kept buffer that was made under `key`, which says all that matters of it, or a new one from `make`; of kept ones
   * one of those that are wished for, if there is one.
   */
  take(key: string | number, bytes: number, make: () => B, wished: readonly B[] = []): B {
    checkLength(bytes);
    const buffer = bytes < this.#worthKeeping ? make() : this.#keptOrMade(key, bytes, make, wished);
    this.count(bytes); // last, so that what could not be made is not counted
    return buffer;
  }

  /** Counts a buffer that was made elsewhere and is given back to here. */
  count(bytes: number): void {
    this.#buffers++;
    this.#bytes += bytes;
  }

  #keptOrMade(key: string | number, bytes: number, make: () => B, wished: readonly B[]): B {
    const kept = this.#free.get(key), place = kept && placeOf(kept, wished);
    const found = place === undefined || place < 0 ? kept?.pop() : kept!.splice(place, 1)[0];
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
    if (!lease || this.#kept + lease.bytes > this.#capacity) return this.#discard(buffer);
    this.#kept += lease.bytes;
    const kept = this.#free.get(lease.key);
    if (kept) kept.push(buffer);
    else this.#free.set(lease.key, [buffer]);
  }

  /** Buffers taken and not given back. */
  memory(): MemoryInfo {
    return { buffers: this.#buffers, bytes: this.#bytes };
  }

  /** Bytes of the buffers that wait to be used again. */
  get kept(): number {
    return this.#kept;
  }

  /** Lets go of all kept buffers. */
  clear(): void {
    for (const buffers of this.#free.values()) buffers.forEach(this.#discard);
    this.#free.clear();
    this.#kept = 0;
  }
}

function placeOf<B>(kept: readonly B[], wished: readonly B[]): number {
  for (let i = 0; i < wished.length; i++) {
    const place = kept.lastIndexOf(wished[i]);
    if (place >= 0) return place;
  }
  return -1;
}
