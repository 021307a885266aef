/** How many steps to ask for at a time: few enough to watch, and to stop between. */

/** In milliseconds; a batch between them keeps its size. */
const BRISK = 25;
const SLUGGISH = 200;
const MOST = 200;

export class Tempo {
  readonly #steps: number;
  readonly #seconds: number;
  #limit = 2;
  #start?: number;

  /** For a run of `steps`, stretched to `seconds`; with 0 it goes as fast as the device does. */
  constructor(steps: number, seconds: number) {
    this.#steps = steps;
    this.#seconds = seconds;
  }

  /** How many steps are due after `done`, once there are any. */
  async next(done: number): Promise<number> {
    this.#start ??= performance.now();
    let due = this.#due(done);
    for (; due < 1; due = this.#due(done)) await nextFrame();
    return Math.min(due, this.#limit, this.#steps - done);
  }

  /**
   * Notes how long the last steps took, and what was drawn of them: a batch grows while it is quick, or takes
   * less time than its drawing, and shrinks when a Stop would have to wait for it.
   */
  took({ computing, drawing }: { readonly computing: number; readonly drawing: number }): void {
    if (computing > SLUGGISH) this.#limit = Math.max(1, this.#limit >> 1);
    else if (computing < Math.max(BRISK, drawing)) this.#limit = Math.min(2 * this.#limit, MOST);
  }

  #due(done: number): number {
    if (this.#seconds === 0) return Infinity;
    const elapsed = (performance.now() - this.#start!) / 1000;
    return Math.ceil(this.#steps * elapsed / this.#seconds) - done;
  }
}

/** Waits until the page has drawn; a page in the background, which does not draw, goes on all the same. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 250);
    const frame = requestAnimationFrame(done);
    function done(): void {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      resolve();
    }
  });
}
