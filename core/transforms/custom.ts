/** Gradients of one's own, and values recomputed instead of saved. */
import { apply } from "../dispatch.ts";
import { TapeError } from "../errors.ts";
import { randomState, setRandomState } from "../ops/random.ts";
import type { Primitive } from "../primitive.ts";
import { Segment } from "../segment.ts";
import { isRecording } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/** A value, and how its cotangent becomes cotangents of the arguments, `null` for zero. */
export interface CustomGradient {
  /** The result. */
  readonly value: Tensor;
  /** One cotangent an argument, from that of the value; written in tensor functions it can be differentiated again. */
  readonly gradient: (ct: Tensor) => readonly (Tensor | null)[];
}

interface CustomAttributes {
  readonly fn: (...inputs: Tensor[]) => CustomGradient;
  gradient?: CustomGradient["gradient"];
  readonly results: WeakMap<Tensor, readonly (Tensor | null)[]>;
}

const custom: Primitive<CustomAttributes> = {
  name: "customGradient",
  infer: () => {
    throw new TapeError("Cannot trace customGradient: its result is known only after it has run");
  },
  compute(inputs, attributes): Tensor {
    const { value, gradient } = attributes.fn(...inputs);
    attributes.gradient = gradient;
    return value.detach();
  },
  vjp(ct, { attributes, inputs }, i): Tensor | null {
    let parts = attributes.results.get(ct);
    if (!parts) attributes.results.set(ct, parts = attributes.gradient!(ct));
    if (parts.length === inputs.length) return parts[i];
    throw new TapeError(
      `Cannot use a custom gradient: it returned ${parts.length} cotangents for ${inputs.length} arguments`,
    );
  },
  needs: () => 0,
};

/**
 * A function of tensors whose gradient is given instead of derived. `fn` runs off the tape; its
 * arguments may be used by the gradient, which is then differentiable in turn.
 *
 * @example
 * ```ts
 * import { customGradient, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const roundThrough = customGradient((x) => ({ value: x.round(), gradient: (ct) => [ct] }));
 * const x = variable(1.7);
 * roundThrough(x).backward();
 * assertEquals(await x.grad!.item(), 1);
 * ```
 */
export function customGradient(fn: (...inputs: Tensor[]) => CustomGradient): (...inputs: Tensor[]) => Tensor {
  return (...inputs) =>
    apply(custom, inputs, { fn, results: new WeakMap<Tensor, readonly (Tensor | null)[]>() });
}

/**
 * A function that saves nothing for backward but its arguments and runs again when backward comes:
 * memory for time. It must do the same each time; random functions give the same numbers again.
 *
 * @example
 * ```ts
 * import { checkpoint, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(2);
 * checkpoint(() => x.mul(x).mul(x))().backward();
 * assertEquals(await x.grad!.item(), 12);
 * ```
 */
export function checkpoint<A extends readonly unknown[], T>(fn: (...args: A) => T): (...args: A) => T {
  return (...args) => {
    if (!isRecording()) return fn(...args);
    const before = randomState();
    const segment = new Segment(() => {
      const now = randomState();
      setRandomState(before);
      try {
        fn(...args);
      } finally {
        setRandomState(now);
      }
    });
    return segment.run(() => fn(...args));
  };
}
