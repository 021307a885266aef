/** A backend whose every function and kernel is counted, and a layer that tells which call ran them. */
import type { Backend, Call, Kernel, Layer, Op, Tensor } from "@tapegrad/core";

/** What ran, and for which call; `null` for none. */
export interface Run {
  /** The function of the backend, or the kernel. */
  readonly name: string;
  /** Whether it is a kernel. */
  readonly isKernel: boolean;
  /** The call that a layer saw and that was under way. */
  readonly call: Call | null;
}

/** Watches a backend from below and the funnel from above. */
export class Watcher implements Layer {
  readonly runs: Run[] = [];
  readonly calls: Call[] = [];
  readonly backend: Backend;
  readonly #inner: Backend;
  #underWay: Call | null = null;

  constructor(inner: Backend) {
    this.#inner = inner;
    const kernels = new WatchedKernels((name) => this.#note(name, true));
    for (const [name, kernel] of inner.kernels) kernels.set(name, kernel);
    this.backend = new Proxy(inner, { get: (_, key) => key === "kernels" ? kernels : this.#member(key) });
  }

  #member(key: string | symbol): unknown {
    const value = Reflect.get(this.#inner, key);
    if (typeof value !== "function") return value;
    return (...args: unknown[]) => {
      this.#note(String(key), false);
      return Reflect.apply(value, this.#inner, args);
    };
  }

  #note(name: string, isKernel: boolean): void {
    this.runs.push({ name, isKernel, call: this.#underWay });
  }

  /** It takes a composite as it is where a kernel would run it. */
  keeps({ name }: Op): boolean {
    return this.backend.kernels.has(name);
  }

  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
    this.calls.push(call);
    this.#underWay = call;
    try {
      return next(call);
    } finally {
      this.#underWay = null;
    }
  }

  /** Forgets what it has seen so far. */
  forget(): void {
    this.runs.length = 0;
    this.calls.length = 0;
  }

  /** The names of kernels, or of functions, that no call had a part in. */
  strays(isKernel: boolean): string[] {
    return this.runs.filter((run) => run.isKernel === isKernel && run.call === null).map(({ name }) => name);
  }
}

class WatchedKernels extends Map<string, Kernel> {
  readonly #note: (name: string) => void;

  constructor(note: (name: string) => void) {
    super();
    this.#note = note;
  }

  override set(name: string, kernel: Kernel): this {
    const counted: Kernel = (inputs, outputs, attributes) => {
      this.#note(name);
      kernel(inputs, outputs, attributes);
    };
    return super.set(name, counted);
  }
}
