/** Which bytes are in use at which times. */

/** Runs of bytes in order, none of which touch. */
class Runs {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Adds a run, which becomes one with those that it touches. */
  add(start: number, end: number): void {
    const from = firstFrom(this.#ends, start);
    let to = from;
    while (to < this.#starts.length && this.#starts[to] <= end) to++;
    if (to > from) [start, end] = [Math.min(start, this.#starts[from]), Math.max(end, this.#ends[to - 1])];
    this.#starts.splice(from, to - from, start);
    this.#ends.splice(from, to - from, end);
  }

  /** The lowest place of so many bytes, from one place on, and where the run behind it starts. */
  lowest(from: number, bytes: number): readonly [at: number, end: number] {
    let at = from, i = firstFrom(this.#ends, at + 1);
    for (; i < this.#starts.length && this.#starts[i] - at < bytes; i++) at = this.#ends[i];
    return [at, this.#starts[i] ?? Infinity];
  }
}

/**
 * So many nodes are the largest; what is in use for longer is told to each of them. Of larger ones the runs would lie
 * further apart: of 5,000 and 10,000 memories, half of which wait for a backward pass, 100 and 270 ms became 345 and 1055,
 * and of 16 or 256 nodes 180 and 480, or 150 and 370, on busy cores (compared one by one, 1,600 and 6,000).
 */
const LARGEST = 64;

/**
 * Runs of bytes in use at times, as the nodes of a tree over these: most runs touch others, so that a node has few,
 * however many were added.
 */
export class Occupied {
  readonly #times: number;
  /** Of each node what is in use all the time, and what is at some time. */
  readonly #always: (Runs | undefined)[] = [];
  readonly #sometimes: (Runs | undefined)[] = [];

  /** None, at so many times. */
  constructor(times: number) {
    this.#times = 2 ** Math.ceil(Math.log2(Math.max(times, LARGEST)));
  }

  /** The lowest place of so many bytes that are free from one time to another. */
  lowest(first: number, last: number, bytes: number): number {
    const all = this.#during(first, last), ends = all.map(() => 0);
    let at = 0;
    for (let before = -1; before !== at;) {
      before = at;
      all.forEach((runs, k) => {
        if (at + bytes > ends[k]) [at, ends[k]] = runs.lowest(at, bytes);
      });
    }
    return at;
  }

  /** Has bytes in use from one time to another. */
  add(first: number, last: number, start: number, end: number): void {
    for (const node of this.#nodes(first, last)) {
      (this.#always[node] ??= new Runs()).add(start, end);
      for (let above = node; above >= LARGEST; above >>= 1) {
        (this.#sometimes[above] ??= new Runs()).add(start, end);
      }
    }
  }

  #during(first: number, last: number): readonly Runs[] {
    const found = new Set<Runs | undefined>();
    for (const node of this.#nodes(first, last)) {
      found.add(this.#sometimes[node]);
      for (let above = node >> 1; above >= LARGEST; above >>= 1) found.add(this.#always[above]);
    }
    return [...found].filter((runs) => runs !== undefined);
  }

  // The fewest nodes that are all times from the first to the last.
  #nodes(first: number, last: number): readonly number[] {
    const nodes: number[] = [];
    let [from, to] = [first + this.#times, last + this.#times + 1];
    for (; from < to && from >= 2 * LARGEST; from >>= 1, to >>= 1) {
      if (from % 2 === 1) nodes.push(from++);
      if (to % 2 === 1) nodes.push(--to);
    }
    while (from < to) nodes.push(from++);
    return nodes;
  }
}

// The index of the first number that is not below one.
function firstFrom(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
