/** A layer between tensors that stand for each element of a batch and the batches themselves. */
import { TapeError } from "../base/errors.ts";
import { quoted } from "../base/text.ts";
import { sizeOf } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { type Call, type Each, type Layer, withLayer } from "../call/layers.ts";
import { isUpdate, labelOf, type Op, type Parts, type Primitive, type Saved } from "../call/op.ts";
import { tick } from "../device/clock.ts";
import { Storage } from "../device/storage.ts";
import { batchAlong } from "../primitives/batching.ts";
import { mul, sum } from "../primitives/functions.ts";
import { filled } from "../tensor/constants.ts";
import { filling, type Tensor } from "../tensor/tensor.ts";
import { nodeOf, storageOf } from "../tensor/internals.ts";

/** A tensor as it is below the layer. */
export interface Batch {
  /** The batch, or what all its elements share. */
  readonly tensor: Tensor;
  /** Which axis holds the elements; `null` if they share the tensor. */
  readonly axis: number | null;
}

/** Runs ops on tensors that stand for each element of a batch by the batch rules of primitives. */
export class BatchLayer implements Layer {
  readonly rewraps = true;
  readonly each: Each | undefined;
  readonly #madeAt = tick();
  readonly #below = new WeakMap<Tensor, Batch>();
  // By the memory that is nobody's but its own: what is detached stands for the same elements.
  readonly #standing = new WeakMap<Storage, Batch>();
  readonly #entered = new WeakMap<Tensor, Tensor>();

  /** A layer for code that runs for `count` elements and draws numbers for each, or the same for all. */
  constructor(count: number, randomness: "different" | "same") {
    this.each = randomness === "same" ? undefined : { count, of: (tensor) => this.eachOf(tensor, 0) };
  }

  /** A tensor that stands for each element of a batch along an axis. */
  eachOf(tensor: Tensor, axis: number): Tensor {
    const shape = tensor.shape.filter((_, i) => i !== axis), { backend, dtype } = tensor;
    const each = filling(new Storage(backend, dtype, sizeOf(shape), { isBatch: true }), shape);
    if (tensor.label) each.label = tensor.label;
    this.#below.set(each, { tensor, axis });
    this.#standing.set(storageOf(each), { tensor, axis });
    return each;
  }

  /** The tensor below this layer that one is, or stands for elements of. */
  below(x: Tensor): Tensor {
    return this.batchOf(x).tensor;
  }

  /** What a tensor is below this layer, and where the elements of the batch are in that. */
  batchOf(x: Tensor): Batch {
    const known = this.#below.get(x);
    if (known) return known;
    const standing = this.#standing.get(storageOf(x));
    if (!standing && !this.#isMadeHere(x)) return { tensor: x, axis: null };
    const found = { tensor: (standing?.tensor ?? x).detach(), axis: standing?.axis ?? null };
    this.#below.set(x, found);
    return found;
  }

  /** Of what was made outside the place on the tape is another's affair: here it is a constant. */
  enters(x: Tensor): Tensor {
    if (nodeOf(x) === null || this.#below.has(x) || this.#isMadeHere(x)) return x;
    let entered = this.#entered.get(x);
    if (!entered) this.#entered.set(x, entered = this.#shared(x));
    return entered;
  }

  /** Composites with a rule for batches are batched as one. */
  keeps(op: Op): boolean {
    return op.batch !== undefined;
  }

  /** Runs a call on batches. */
  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
    const { op, inputs, attributes } = call;
    const batches = inputs.map((x) => this.batchOf(x));
    const tensors = batches.map(({ tensor }) => tensor), axes = batches.map(({ axis }) => axis);
    if (axes.every((axis) => axis === null)) {
      return next({ op, inputs: tensors, attributes }).map((y) => this.#shared(y));
    }
    if (isUpdate(op)) throw sharedChange(call, axes);
    if ((op as Primitive).given) return [this.eachOf(this.#given(call, batches), 0)];
    const batched = (op as Primitive).batch(tensors, axes, attributes);
    return batched.outputs.map((y, k) => {
      const axis = batched.axes[k];
      return axis === null ? this.#shared(y) : this.eachOf(y, axis);
    });
  }

  // Its gradient is given for each element: it runs on a cotangent that stands for each, and what it gives is a batch.
  #given({ op, inputs, attributes }: Call, batches: readonly Batch[]): Tensor {
    const first = batches.findIndex(({ axis }) => axis !== null);
    const size = batches[first].tensor.shape[batches[first].axis!];
    const vjp = ([ct]: Parts, _: Saved<unknown>, wanted: readonly boolean[]): Parts => {
      const each = [ct && this.eachOf(ct, 0)], saved = { inputs, outputs: each as Tensor[], attributes };
      const parts = withLayer(this, () => op.vjp!(each, saved, wanted));
      return parts.map((part, i) => part && gathered(this.batchOf(part), batches[i].axis, size));
    };
    const [value, ...others] = batches;
    const tensors = [batchAlong(value.tensor, value.axis, 0, size), ...others.map(({ tensor }) => tensor)];
    return apply({ ...op as Primitive, vjp }, tensors, attributes);
  }

  // A tensor's place on the tape is one of this level, or of that below, and never both.
  #shared(tensor: Tensor): Tensor {
    const shared = tensor.detach();
    this.#below.set(shared, { tensor, axis: null });
    return shared;
  }

  #isMadeHere(x: Tensor): boolean {
    const node = nodeOf(x);
    return node !== null && node.time > this.#madeAt;
  }
}

// The cotangent of what all elements share is the sum of those of each.
function gathered({ tensor, axis }: Batch, to: number | null, size: number): Tensor {
  if (to !== null) return batchAlong(tensor, axis, to, size);
  return axis === null ? mul(tensor, filled(size, [], tensor)) : sum(tensor, [axis]);
}

function sharedChange({ op, inputs, attributes }: Call, axes: readonly (number | null)[]): TapeError {
  const [{ label }] = inputs, name = label ? quoted(label) : "a tensor";
  return new TapeError(
    `Cannot ${labelOf(op, attributes)} ${name} inside vmap: ` +
      (axes[0] === null
        ? "all elements of the batch share it, and each would change it; return what it is to become"
        : "it stands for each element of a batch; compute a new tensor instead"),
  );
}
