/** Runs of a program beside the function that it is of. */
import { CompileError, showShape } from "../../base/errors.ts";
import type { TypedArray } from "../../base/dtype.ts";
import { undone } from "../../device/journal.ts";
import { read } from "../../tensor/read.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { leavesOf } from "../../tensor/tree.ts";

/** What a call may leave behind. */
export interface Touched {
  /** Tensors that are changed in place. */
  readonly written: readonly Tensor[];
  /** Tensors whose gradient is replaced. */
  readonly graded: readonly Tensor[];
}

/** What a call gave and left behind, with what to call it. */
type Found = readonly (readonly [string, Tensor])[];

/** Compares runs with calls, bit by bit, as soon as both can be read. */
export class Verifier {
  readonly #asked: string;
  #pending: Promise<void>[] = [];

  /** For runs of what was asked to be compiled. */
  constructor(asked: string) {
    this.#asked = asked;
  }

  /** Calls the function, which leaves nothing behind, then runs the program. */
  run<T>(call: () => unknown, run: () => T, touched: Touched): T {
    const gradients = touched.graded.map(({ grad }) => grad);
    const expected = undone(() => ({ elements: elementsOf(found(call(), touched)) }));
    touched.graded.forEach((tensor, i) => tensor.setGrad(gradients[i]));
    const result = run(), results = found(result, touched);
    const compared = this.#compare(results, expected.elements, elementsOf(results));
    compared.catch(() => {}); // whoever awaits them is told
    this.#pending.push(compared);
    return result;
  }

  /** Resolves when all runs so far were the same as the calls; else it is an error. */
  async done(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  async #compare(results: Found, left: Promise<TypedArray[]>, right: Promise<TypedArray[]>): Promise<void> {
    const [expected, actual] = await Promise.all([left, right]);
    if (expected.length !== actual.length) throw this.#error("what is returned", "other tensors");
    results.forEach(([name, { shape }], k) => {
      const i = actual[k].findIndex((value, i) => !Object.is(value, expected[k][i]));
      if (i < 0 && actual[k].length === expected[k].length) return;
      throw this.#error(
        `${name}, ${showShape(shape)}`,
        `${actual[k][i]} for ${expected[k][i]} at element ${i}`,
      );
    });
  }

  #error(what: string, found: string): CompileError {
    return new CompileError(
      `Cannot run the program of ${this.#asked} for it: ${what} has ${found}. Pass what it depends on as an argument, ` +
        "or name it by guard()",
    );
  }
}

function found(result: unknown, { written, graded }: Touched): Found {
  const called = ({ label }: Tensor, otherwise: string): string => label || otherwise;
  return [
    ...leavesOf(result).map((tensor, i) => [`result ${i}`, tensor] as const),
    ...written.map((tensor) => [called(tensor, "a tensor that it changes"), tensor] as const),
    ...graded.flatMap((tensor) =>
      tensor.grad ? [[`${called(tensor, "a tensor")}.grad`, tensor.grad] as const] : []
    ),
  ];
}

// They are asked for now, and tell of this moment.
function elementsOf(found: Found): Promise<TypedArray[]> {
  return read(found.map(([, tensor]) => tensor));
}
