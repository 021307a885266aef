/** Gradients of one's own, and values recomputed instead of saved. */
import { isRecording } from "../call/record.ts";
import { apply } from "../call/apply.ts";
import { ShapeError, showShape, TapeError } from "../base/errors.ts";
import type { Primitive } from "../call/op.ts";
import { showCotangent } from "../tape/backward.ts";
import { Segment } from "../tape/segment.ts";
import { listOf, sameShape } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { leavesOf } from "../tensor/tree.ts";
import { synchronous } from "./synchronous.ts";

/** A value, and how its cotangent becomes cotangents of the arguments, `null` for zero. */
export interface CustomGradient {
  /** The result. */
  readonly value: Tensor;
  /** One cotangent an argument, from that of the value; written in tensor functions it can be differentiated again. */
  readonly gradient: (ct: Tensor) => readonly (Tensor | null)[];
}

interface CustomAttributes {
  /** The result, until it was handed out. */
  value: Tensor | null;
  readonly gradient: CustomGradient["gradient"];
  readonly answers: WeakMap<Tensor, Answer>;
}

/** What the gradient gave for one cotangent, and for which arguments it was asked. */
interface Answer {
  readonly parts: readonly (Tensor | null)[];
  readonly recorded: boolean;
  readonly asked: Set<number>;
}

const custom: Primitive<CustomAttributes> = {
  name: "customGradient",
  infer: () => {
    throw new TapeError("Cannot trace customGradient: its result is known only after it has run");
  },
  compute(_inputs, attributes): Tensor {
    const value = attributes.value!;
    attributes.value = null;
    return value;
  },
  vjp(ct, { attributes, inputs }, i): Tensor | null {
    const part = answerFor(ct, attributes, inputs, i).parts[i];
    if (!part || sameShape(part.shape, inputs[i].shape)) return part;
    throw new ShapeError(
      `Cannot use a custom gradient: its cotangent ${i} has shape ${showShape(part.shape)}, ` +
        `the argument ${showShape(inputs[i].shape)}`,
      { op: "customGradient", shapes: [part.shape, inputs[i].shape] },
    );
  },
};

// One call serves all arguments; an argument that asks again does so in another walk of the tape.
function answerFor(
  ct: Tensor,
  { gradient, answers }: CustomAttributes,
  inputs: readonly Tensor[],
  i: number,
): Answer {
  const recorded = isRecording();
  let answer = answers.get(ct);
  if (!answer || answer.recorded !== recorded || answer.asked.has(i)) {
    const given = gradient(showCotangent(ct));
    const parts = listOf("use a custom gradient with", "cotangents", given).map(showCotangent);
    answers.set(ct, answer = { parts, recorded, asked: new Set() });
  }
  answer.asked.add(i);
  if (answer.parts.length === inputs.length) return answer;
  throw new TapeError(
    `Cannot use a custom gradient: it returned ${answer.parts.length} cotangents for ${inputs.length} arguments`,
  );
}

/**
 * A function of tensors whose gradient is given instead of derived. What `fn` was given and computes
 * may be used by the gradient, which is then differentiable in turn.
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
  return (...inputs) => {
    const { value, gradient } = fn(...inputs);
    return apply(custom, inputs, { value: value.detach(), gradient, answers: new WeakMap<Tensor, Answer>() });
  };
}

/**
 * A function that saves nothing for backward but its arguments and runs again when backward comes:
 * memory for time. It must do the same each time. Random functions give the same numbers again, the keys of
 * layers included, tensors that it changes in place are as they were the first time, and afterwards all that
 * is as if it had run once; a counter of its own, or any other variable that it changes, belongs into a {@link
 * Changing}.
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
    const segment = new Segment(() => fn(...args), leavesOf(args));
    return segment.run(() => synchronous("checkpoint", fn(...args)));
  };
}
