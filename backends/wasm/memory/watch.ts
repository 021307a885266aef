/** Finds blocks that are freed twice, and writes to what is free. */
import { sizeClass } from "../../common/size_class.ts";
import type { GrowingMemory } from "./memory.ts";

/** What free bytes hold: NaN in every float. */
const POISON = 0xff;

/** Knows of each block whether it is taken. */
export class Watch {
  readonly #memory: GrowingMemory;
  readonly #taken = new Map<number, number>();
  // Where each was freed.
  readonly #freed = new Map<number, { readonly size: number; readonly where: Error }>();

  /** A watch on a memory. */
  constructor(memory: GrowingMemory) {
    this.#memory = memory;
  }

  /** A block is given out. */
  taken(pointer: number, bytes: number): void {
    const size = sizeClass(bytes), end = pointer + size;
    for (const [start, { size, where }] of this.#freed) {
      if (start >= end || start + size <= pointer) continue;
      this.#freed.delete(start);
      this.#check(start, size, where);
    }
    this.#taken.set(pointer, size);
  }

  /** A block is taken back. */
  freed(pointer: number, bytes: number): void {
    const size = sizeClass(bytes), known = this.#taken.get(pointer);
    if (known !== size) {
      const found = known === undefined ? "no block is taken there" : `it was taken with ${known}`;
      throw new Error(`Cannot free ${size} bytes at ${pointer}: ${found}`, {
        cause: this.#freed.get(pointer)?.where,
      });
    }
    this.#taken.delete(pointer);
    this.#bytes(pointer, size).fill(POISON);
    this.#freed.set(pointer, { size, where: new Error(`The block at ${pointer} was freed here`) });
  }

  #check(pointer: number, size: number, where: Error): void {
    const at = this.#bytes(pointer, size).findIndex((byte) => byte !== POISON);
    if (at < 0) return;
    throw new Error(
      `Cannot take the block at ${pointer}: it was written to after it was freed, at byte ${at}`,
      {
        cause: where,
      },
    );
  }

  #bytes(pointer: number, size: number): Uint8Array {
    return (this.#memory.array("bool") as Uint8Array).subarray(pointer, pointer + size);
  }
}
