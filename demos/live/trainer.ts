import type { Answer, CallName, Calls, Question } from "./calls.ts";

interface Waiting {
  readonly name: CallName;
  readonly resolve: (gives: Calls[CallName]["gives"]) => void;
  readonly reject: (error: Error) => void;
}

const NO_WORKER =
  "The worker of this page does not start: open the page over http, as deno task page serves it";

/** Why a question was not answered: the worker took too long over another and was ended. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/** The page's end of its worker. */
export class Trainer {
  readonly #waiting = new Map<number, Waiting>();
  #worker?: Worker;
  #next = 0;

  /** Asks the worker, which starts with the first question. */
  ask<Name extends CallName>(name: Name, asks: Calls[Name]["asks"]): Promise<Calls[Name]["gives"]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { name, resolve: resolve as Waiting["resolve"], reject });
      this.#send({ id, name, asks });
    });
  }

  /** Waits until nothing is being computed, but not for ever: then the worker is ended. */
  async settle(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (this.#computes && performance.now() < until) await soon();
    if (this.#computes) this.#restart(new StoppedError("It was stopped"));
  }

  // Opening a device may take its time.
  get #computes(): boolean {
    return [...this.#waiting.values()].some(({ name }) => name !== "open");
  }

  /** Ends the worker, whatever it does; the next question starts another. */
  #restart(why: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  #send(question: Question): void {
    try {
      this.#worker ??= this.#begin();
      this.#worker.postMessage(question);
    } catch {
      this.#restart(new Error(NO_WORKER));
    }
  }

  #begin(): Worker {
    const worker = new Worker("worker.js", { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#settle(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#restart(
        new Error(event.message ? `The worker of this page failed: ${event.message}` : NO_WORKER),
      );
    });
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("failure" in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.gives);
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
