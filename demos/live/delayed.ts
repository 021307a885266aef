/** Work that is done once nothing has asked for it for a while. */
export class Delayed {
  readonly #work: () => void;
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => void, milliseconds: number) {
    this.#work = work;
    this.#milliseconds = milliseconds;
  }

  ask(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#work, this.#milliseconds);
  }

  /** Nobody wants it any longer. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
