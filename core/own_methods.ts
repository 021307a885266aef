/** What a tensor does beside the ops: walking the tape back, changing in place, standing in a condition. */
import { assign, checkReplacement } from "./define/update.ts";
import type { TensorLike } from "./define/operands.ts";
import { context } from "./device/context.ts";
import { lastingScope } from "./device/scope.ts";
import { where } from "./ops/choice.ts";
import { slice } from "./ops/indexing.ts";
import { backward, type BackwardOptions } from "./tape/backward.ts";
import { toTransferable } from "./ops/transferable.ts";
import { type HostTensor, type JSONTensor, toJSON } from "./tensor/host_tensor.ts";
import type { Tensor } from "./tensor/tensor.ts";
import { checkTensor } from "./tensor/tree.ts";
import { markChanged, storageOf, takeOver } from "./tensor/internals.ts";

/**
 * Methods of a {@link Tensor} that are no function of the same name.
 *
 * @category Tensors
 */
export abstract class OwnMethods {
  /**
   * Adds to `.grad` of every leaf this depends on the gradient of this tensor, which has one element unless
   * `gradient` is given, else it is a {@link ShapeError}. Without leaves, or a second time without
   * `retainGraph`, it is a {@link TapeError}.
   *
   * @example
   * ```ts
   * import { tensor, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable([1, 2]);
   * for (let i = 0; i < 2; i++) x.square().sum().backward();
   * assertEquals(await x.grad!.array(), [4, 8]); // gradients add up: zero them between steps
   * x.setGrad(null);
   * x.square().backward({ gradient: tensor([1, 0]) });
   * assertEquals(await x.grad!.array(), [2, 0]);
   * ```
   */
  backward(this: Tensor, options?: BackwardOptions): void {
    backward(this, options);
  }

  /**
   * Overwrites the elements with those of `value`, which broadcasts and is converted to this dtype; for
   * leaves, and with recording off where gradients are asked for, else a {@link TapeError}.
   *
   * @example
   * ```ts
   * import { noGrad, TapeError, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const w = variable([1, 2]);
   * w.square().sum().backward();
   * noGrad(() => w.assign(w.sub(w.grad!.mul(0.25))));
   * assertEquals(await w.array(), [0.5, 1]);
   * assertThrows(() => w.assign(0), TapeError);
   * ```
   */
  assign(this: Tensor, value: TensorLike): Tensor {
    assign(this, value);
    return this;
  }

  /**
   * Takes over the elements of `value`, of the same shape, with their memory, dtype and backend: what refers
   * to this tensor goes on with those, as an optimizer does when a model moves to another device. For leaves,
   * with recording off where gradients are asked for, else a {@link TapeError}; the gradient stays as it is.
   *
   * @example
   * ```ts
   * import { noGrad, ShapeError, tensor, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const w = variable([1, 2]);
   * noGrad(() => w.setData(w.to("f64")));
   * assertEquals([w.dtype, w.requiresGrad], ["f64", true]);
   * assertThrows(() => noGrad(() => w.setData(tensor([1]))), ShapeError, "[2]");
   * ```
   */
  setData(this: Tensor, value: Tensor): Tensor {
    checkTensor("set the data of a tensor to", value);
    checkReplacement(this, value);
    const storage = storageOf(value), before = storageOf(this);
    if (storage === before) return this;
    context.recorder?.refuse(
      "Cannot set the data of a tensor while a program is recorded, which writes into memory that is there: " +
        "assign() to it",
    );
    markChanged(this); // for graphs that saved a view of it
    // It lives as long as what it takes the place of, and as it would have by itself.
    const outlives = this.requiresGrad || before.pinned;
    const scope = outlives ? null : lastingScope(before.scope, storage.scope);
    if (scope === null) storage.scope = null;
    else if (scope !== storage.scope) scope.own(storage);
    storage.label ||= before.label;
    takeOver(this, value);
    markChanged(this);
    return this;
  }

  /**
   * This where `condition` is true, else `other`, as {@link where} with the condition first.
   *
   * @example
   * ```ts
   * import { tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([-1, 2]);
   * assertEquals(await x.where(x.greater(0), 0).array(), [0, 2]);
   * ```
   */
  where(this: Tensor, condition: TensorLike, other: TensorLike): Tensor {
    return where(condition, this, other);
  }

  /**
   * This as what can be sent to another thread and written as JSON: {@link toTransferable} of one tensor.
   *
   * @example
   * ```ts
   * import { fromTransferable, tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const sent = structuredClone(await tensor([[1, 2]]).toTransferable());
   * assertEquals([sent.dtype, sent.shape, sent.data], ["f32", [1, 2], Float32Array.of(1, 2)]);
   * assertEquals(await fromTransferable(sent).array(), [[1, 2]]);
   * ```
   */
  toTransferable(this: Tensor): Promise<HostTensor> {
    return toTransferable(this);
  }

  /**
   * For `JSON.stringify`: dtype, shape and elements, which {@link fromTransferable} takes. Of more than 2²⁰ elements
   * it is a {@link ShapeError}, on a device that is not read at once a {@link BackendError}.
   *
   * @example
   * ```ts
   * import { tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const text = JSON.stringify(tensor([1, Infinity], { backend: "cpu" }));
   * assertEquals(text, '{"dtype":"f32","shape":[2],"data":[1,"Infinity"]}');
   * ```
   */
  toJSON(this: Tensor): JSONTensor {
    return toJSON(this);
  }

  /**
   * Rows: views along the first axis. A scalar has none and is a TypeError.
   *
   * @example
   * ```ts
   * import { tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const [first, second] = tensor([[1, 2], [3, 4]]);
   * assertEquals([await first.array(), await second.array()], [[1, 2], [3, 4]]);
   * ```
   */
  *[Symbol.iterator](this: Tensor): IterableIterator<Tensor> {
    if (this.rank === 0) throw new TypeError("Cannot iterate a scalar tensor: read it with item()");
    for (let i = 0; i < this.shape[0]; i++) yield slice(this, i);
  }
}
