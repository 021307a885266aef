import { checkGradient } from "./gradient.ts";
import { addHook, type GradientHook, TapeNode } from "./node.ts";
import type { Backend, Buffer, View } from "../device/backend.ts";
import { context } from "../device/context.ts";
import { type DType, isFloating, type TypedArray } from "../base/dtype.ts";
import { DtypeError, TapeError } from "../base/errors.ts";
import type { TensorMethods } from "../methods.ts";
import { format } from "./print.ts";
import * as reading from "./fetch.ts";
import type { NestedArray } from "./fetch.ts";
import { checkFunction } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { contiguousStrides, isContiguous } from "../base/layout.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import type { Storage } from "../device/storage.ts";

const PROXIED =
  "Cannot read the gradient of a Proxy of a tensor: keep tensors out of reactive state, as with markRaw()";

/**
 * Numbers of one dtype in a shape: a strided view of a buffer on a device, and, if gradients are
 * asked for, a place on the tape. Ops give new tensors; nothing but {@link Tensor.assign} changes one.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([1, 2, 3]);
 * x.mul(x).sum().backward();
 * assertEquals(await x.grad!.array(), [2, 4, 6]);
 * ```
 */
export class Tensor implements View {
  /** Extents, outermost first. */
  declare readonly shape: Shape;
  /** Distance between neighbours along each axis, in elements. */
  declare readonly strides: readonly number[];
  /** Position of the first element in the buffer. */
  declare readonly offset: number;
  /** What the elements are. */
  declare readonly dtype: DType;
  // What core alone may know is read by the functions of internals.ts.
  declare private readonly storage: Storage;
  /** How many elements. */
  declare readonly size: number;
  private node: TapeNode | null = null;
  private slot: number = 0;
  #grad: Tensor | null = null;
  // The memory of its gradient, which a scope does not take from a leaf.
  #pinned: Storage | null = null;

  private constructor(
    storage: Storage,
    shape: Shape,
    strides: readonly number[],
    offset: number,
    dtype: DType,
    size: number = sizeOf(shape),
  ) {
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.dtype = dtype;
    this.size = size;
  }

  /** A view of a storage, made by the functions below. */
  private static of(
    storage: Storage,
    shape: Shape,
    strides: readonly number[],
    offset: number,
    dtype: DType,
    size?: number,
  ): Tensor {
    return new Tensor(storage, shape, strides, offset, dtype, size);
  }

  /** How many axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** The device it is on. */
  get backend(): Backend {
    return this.storage.backend;
  }

  /** The device memory, for kernels. */
  get buffer(): Buffer {
    return this.storage.buffer;
  }

  /** Whether elements lie one after another in memory. */
  get isContiguous(): boolean {
    return isContiguous(this);
  }

  /** The elements, row-major, as a copy. */
  data(): Promise<TypedArray> {
    return reading.data(this);
  }

  /**
   * The elements as nested arrays, truth values for bool; a number or truth value for a scalar.
   *
   * @example
   * ```ts
   * import { tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await tensor([[1, 2], [3, 4]]).array(), [[1, 2], [3, 4]]);
   * assertEquals(await tensor(1).less(2).array(), true);
   * ```
   */
  array(): Promise<NestedArray> {
    return reading.array(this);
  }

  /**
   * The value of a tensor of one element, whatever its rank; of more it is a {@link ShapeError}.
   *
   * @example
   * ```ts
   * import { ShapeError, tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * assertEquals(await tensor([[42]]).item(), 42);
   * await assertRejects(() => tensor([1, 2]).item(), ShapeError, "use array()");
   * ```
   */
  item(): Promise<number> {
    return reading.item(this);
  }

  /** {@link Tensor.data} at once, on a backend that can. */
  dataSync(): TypedArray {
    reading.checkOneTensor(this, "dataSync()");
    return reading.dataSync(this);
  }

  /** {@link Tensor.array} at once, on a backend that can. */
  arraySync(): NestedArray {
    return reading.arraySync(this);
  }

  /** {@link Tensor.item} at once, on a backend that can. */
  itemSync(): number {
    return reading.itemSync(this);
  }

  /** Whether ops on it are recorded: it is a leaf that asks for gradients, or was made from one. */
  get requiresGrad(): boolean {
    context.recorder?.soughtTapes([this]);
    return this.node !== null;
  }

  /** Asks for gradients of a tensor that was not made by a recorded op, or stops asking. */
  set requiresGrad(on: boolean) {
    if (this.node?.op) {
      throw new TapeError(
        `Cannot set requiresGrad of a tensor made by ${this.node.label}: only leaves can be set, detach() it first`,
      );
    }
    if (on && !isFloating(this.dtype)) {
      throw new DtypeError(
        `Cannot require gradients of ${this.dtype}: only floats have them, cast with to("f32")`,
      );
    }
    context.recorder?.retaping(this);
    if (on) this.#own();
    this.node = on ? this.node ?? new TapeNode(null, [], undefined, this) : null;
  }

  // A scope does not end a parameter's life.
  #own(): void {
    if (this.storage.scope) this.storage.scope = null;
  }

  /** Whether it was not made by a recorded op. */
  get isLeaf(): boolean {
    return !this.node?.op;
  }

  /** What errors call the recorded op that made it; `null` of a leaf. */
  get madeBy(): string | null {
    return this.node?.op ? this.node.label : null;
  }

  /** The gradient that backward accumulated, or `null`. */
  get grad(): Tensor | null {
    if (!(#grad in this)) throw new TypeError(PROXIED);
    this.#pinned?.moveOn(); // whoever reads it may go on with it
    context.recorder?.soughtGradient(this, this.#grad);
    if (this.#grad !== null) this.#grad.storage.renewer = null;
    return this.#grad;
  }

  /** Its gradient for those who do not keep it. */
  private get unseenGrad(): Tensor | null {
    return this.#grad;
  }

  /**
   * Replaces the gradient, by one of the same shape, dtype and backend or it is an error. That of a leaf
   * outlives the scope in which it was made, until it is replaced.
   *
   * @example
   * ```ts
   * import { scope, ShapeError, tensor, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const w = variable([1, 2]);
   * scope(() => w.setGrad(tensor([3, 4]).mul(2)));
   * assertEquals(await w.grad!.array(), [6, 8]);
   * assertThrows(() => w.setGrad(tensor([3])), ShapeError, "this is f32 [1]");
   * ```
   */
  setGrad(gradient: Tensor | null): void {
    if (gradient !== null && gradient !== undefined) checkGradient("set the gradient of", this, gradient);
    context.recorder?.regraded(this, gradient);
    const before = this.#pinned;
    this.#grad = gradient ?? null;
    this.#pinned = this.isLeaf ? gradient?.storage ?? null : null;
    this.#pinned?.pin();
    before?.unpin();
  }

  /**
   * Calls `hook` with the gradient of this tensor in each backward; what it returns replaces it, and must have
   * the same shape, dtype and backend. Returns how to stop. A tensor without gradients is a {@link TapeError}.
   *
   * @example
   * ```ts
   * import { variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable(3);
   * const stop = x.registerHook((gradient) => gradient.clamp(-1, 1));
   * x.square().backward();
   * assertEquals(await x.grad!.item(), 1);
   * stop();
   * ```
   */
  registerHook(hook: GradientHook): () => void {
    checkFunction("hook a tensor with", hook);
    return addHook(this.#nodeTo("hook"), { slot: this.slot, hook });
  }

  /**
   * Calls `hook` with this leaf after each backward that left a gradient in its `.grad`, or added to it; it may
   * change that. Returns how to stop. What is no leaf that requires gradients is a {@link TapeError}.
   *
   * @example
   * ```ts
   * import { noGrad, variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable(3); // a step of descent in backward itself
   * x.registerPostAccumulateGradHook((x) => {
   *   noGrad(() => x.setData(x.sub(x.grad!.mul(0.5))));
   *   x.setGrad(null);
   * });
   * x.square().backward();
   * assertEquals([await x.item(), x.grad], [0, null]);
   * ```
   */
  registerPostAccumulateGradHook(hook: (leaf: Tensor) => void): () => void {
    checkFunction("hook a leaf with", hook);
    const node = this.#nodeTo("hook");
    if (node.op === null) return addHook(node, { slot: 0, after: hook });
    throw new TapeError(
      `Cannot hook what was made by ${this.madeBy} after its gradient was accumulated: a leaf is needed, see retainGrad`,
    );
  }

  #nodeTo(verb: string): TapeNode {
    if (this.node) return this.node;
    throw new TapeError(`Cannot ${verb} a tensor without gradients: set requiresGrad first`);
  }

  /**
   * Has backward leave the gradient of this tensor in `.grad` though it is no leaf: what its hooks made of it,
   * in memory of its own.
   *
   * @example
   * ```ts
   * import { variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable(3), y = x.mul(2);
   * y.retainGrad();
   * y.square().backward();
   * assertEquals(await y.grad!.item(), 12);
   * ```
   */
  retainGrad(): void {
    const node = this.#nodeTo("retain the gradient of");
    if (!node.holders.includes(this)) node.holders = [...node.holders, this];
  }

  /**
   * The same elements off the tape, in the same memory.
   *
   * @example
   * ```ts
   * import { variable } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * const x = variable(3);
   * x.mul(x.detach()).backward();
   * assertEquals(await x.grad!.item(), 3); // the second factor counts as a constant
   * ```
   */
  detach(): Tensor {
    return new Tensor(this.storage, this.shape, this.strides, this.offset, this.dtype);
  }

  /** What errors and summaries call it. */
  get label(): string {
    return this.storage.label;
  }

  /** Names the tensor for errors and summaries. */
  set label(name: string) {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot name a tensor ${described(name)}: a text is needed`);
    }
    this.storage.label = name;
  }

  /**
   * Releases the memory at once, for this tensor and every view of it.
   *
   * @example
   * ```ts
   * import { BackendError, tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertThrows } from "@std/assert";
   *
   * const x = tensor([[1, 2], [3, 4]]), row = x.slice(0);
   * x.dispose();
   * assertThrows(() => row.arraySync(), BackendError, "it was disposed");
   * ```
   */
  dispose(): void {
    this.storage.release();
  }

  /** Whether the memory was released, by {@link Tensor.dispose} or the end of a scope. */
  get isDisposed(): boolean {
    return this.storage.released;
  }

  /** `using x = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The elements as a person reads them, summarised when there are many.
   *
   * @example
   * ```ts
   * import { arange, tensor } from "@tapegrad/core";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(String(tensor([1, 2.5])), "tensor([1.0000, 2.5000], f32 [2])");
   * assertEquals(String(arange(5000)), "tensor([   0.,    1.,    2., …, 4997., 4998., 4999.], f32 [5000])");
   * ```
   */
  toString(): string {
    context.recorder?.spelled();
    return format(this);
  }

  /** Deno's console. */
  [Symbol.for("Deno.customInspect")](): string {
    return format(this);
  }

  /** Node's console. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return format(this);
  }

  /** Refuses JavaScript's operators, which cannot be recorded. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      "Cannot use JavaScript operators on a tensor: write x.add(y), x.less(y), or read it with item()",
    );
  }
}

/**
 * Ops as methods, installed by `methods.ts`, and {@link OwnMethods}.
 *
 * @category Tensors
 */
export interface Tensor extends TensorMethods {}

/** A view of a storage. */
export function viewing(
  storage: Storage,
  shape: Shape,
  strides: readonly number[],
  offset: number,
  dtype: DType,
): Tensor {
  return Tensor["of"](storage, shape, strides, offset, dtype);
}

/** All of a storage, row-major. */
export function filling(storage: Storage, shape: Shape): Tensor {
  // A scalar's strides are as empty as its shape.
  const strides = shape.length === 0 ? shape : contiguousStrides(shape);
  return Tensor["of"](storage, shape, strides, 0, storage.dtype, storage.length);
}
