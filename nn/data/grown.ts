/** Typed arrays that grow. */

/** An array that grows at its end. */
export class Grown<A extends Float64Array | Int32Array> {
  #elements: A;
  #length = 0;

  /** An empty one; `first` has room for some. */
  constructor(first: A) {
    this.#elements = first;
  }

  /** How many elements it has. */
  get length(): number {
    return this.#length;
  }

  /** Adds an element. */
  push(value: number): void {
    if (this.#length === this.#elements.length) this.#grow();
    this.#elements[this.#length++] = value;
  }

  /** The elements, in an array of their own. */
  elements(): A {
    return this.#elements.slice(0, this.#length) as A;
  }

  #grow(): void {
    const grown = new (this.#elements.constructor as new (length: number) => A)(2 * this.#length);
    grown.set(this.#elements);
    this.#elements = grown;
  }
}
