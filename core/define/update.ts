/** Changes in place: the only way elements of a tensor change, for leaves and state off the tape. */
import { operandLike } from "./numbers.ts";
import type { TensorLike } from "./operands.ts";
import { isRecording } from "../call/record.ts";
import { apply, applyAll } from "../call/apply.ts";
import { twoBackends } from "../call/launch.ts";
import { type DType, isFloating } from "../base/dtype.ts";
import { DtypeError, ShapeError, showShape, TapeError } from "../base/errors.ts";
import { cast, type Expr, input } from "../expr/expr.ts";
import { rewrite } from "../expr/rewrite.ts";
import { described, quoted } from "../base/text.ts";
import { isWatched, note, type Undo } from "../device/journal.ts";
import type { MapAttributes } from "../primitives/attributes.ts";
import { update } from "../primitives/update.ts";
import { contiguousCopy } from "../primitives/movement.ts";
import { operand } from "../expr/scalar.ts";
import { unscoped } from "../device/scope.ts";
import { checkFunction } from "../base/settings.ts";
import { isContiguous } from "../base/layout.ts";
import { sameShape, tryBroadcast } from "../base/shape.ts";
import type { Storage } from "../device/storage.ts";
import { filling, type Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { storageOf } from "../tensor/internals.ts";

/**
 * Overwrites a tensor with an expression of its elements and operands, which broadcast to it.
 *
 * @category Own ops
 */
export type Update = (target: Tensor, ...operands: TensorLike[]) => void;

/**
 * Declares a change in place by its scalar expression, whose first input is the target: one kernel
 * that reads and writes it. The target must be a leaf, and recording off if it requires gradients.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { defineUpdate, e, noGrad, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const descend = defineUpdate("descend", (x, gradient, rate) => e.sub(x, e.mul(rate, gradient)));
 * const x = variable([1, 2]);
 * noGrad(() => descend(x, x, 0.5));
 * assertEquals(await x.array(), [0.5, 1]);
 * ```
 */
export function defineUpdate(name: string, build: (...inputs: Expr[]) => Expr): Update {
  const change = changeOf(name, [build(...inputsOf(build))]);
  return (target, ...operands) => change([target], operands);
}

/**
 * Overwrites tensors of one shape with expressions of their elements and operands, which broadcast to them.
 *
 * @category Own ops
 */
export type JointUpdate = (targets: readonly Tensor[], ...operands: TensorLike[]) => void;

/**
 * Declares a change in place of several tensors of one shape, by an expression for each, whose first inputs are those
 * tensors: one kernel that reads and writes them all. It gives what one {@link defineUpdate} after the other would:
 * an expression in which that of an earlier tensor occurs reads what this becomes, rounded to its dtype. Tensors
 * that share memory are refused. `count` says how many inputs there are, where the parameters of `build` do not.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { defineUpdates, e, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const roll = defineUpdates("roll", (v, x, gradient) => {
 *   const faster = e.add(e.mul(0.5, v), gradient);
 *   return [faster, e.sub(x, faster)];
 * });
 * const v = tensor([4]), x = tensor([10]);
 * roll([v, x], 1);
 * assertEquals([await v.array(), await x.array()], [[3], [7]]);
 * ```
 */
export function defineUpdates(
  name: string,
  build: (...inputs: Expr[]) => readonly Expr[],
  count = 0,
): JointUpdate {
  const change = changeOf(name, build(...inputsOf(build, count)));
  return (targets, ...operands) => change(targets, operands);
}

function inputsOf(build: (...inputs: Expr[]) => unknown, count = 0): Expr[] {
  checkFunction("define an update by", build);
  return Array.from({ length: count || build.length }, (_, i) => input(i));
}

/** The change of as many targets as there are expressions. */
function changeOf(
  name: string,
  given: readonly Expr[],
): (targets: readonly Tensor[], operands: readonly TensorLike[]) => void {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot define update ${described(name)}: its name is a text`);
  }
  if (given.length === 0) throw new TypeError(`Cannot define update ${quoted(name)}: it changes nothing`);
  const exprs = given.map(operand), byTypes = new Map<string, MapAttributes>(), asked = `${name} with`;
  return (targets, operands) => {
    checkTargets(name, targets, exprs.length);
    targets.forEach(noteElements);
    const [target] = targets;
    const tensors = [...targets, ...operands.map((x) => operandLike(asked, x, target))];
    const types = tensors.map((t) => t.dtype), key = types.join();
    let attributes = byTypes.get(key);
    if (!attributes) byTypes.set(key, attributes = { name, exprs: inDtypesOf(exprs, types) });
    const values = tensors.slice(exprs.length).map((t) => fitted(name, t, targets));
    applyAll(update, [...targets, ...values], attributes);
  };
}

function checkTargets(name: string, targets: readonly Tensor[], count: number): void {
  if (targets.length !== count) {
    throw new TypeError(`Cannot ${name} ${targets.length} tensors: it changes ${count} together`);
  }
  for (const target of targets) checkTarget(name, target);
  for (let i = 1; i < count; i++) checkTogether(name, targets[i], targets.slice(0, i));
}

function checkTogether(name: string, target: Tensor, others: readonly Tensor[]): void {
  const [{ shape, backend }] = others;
  if (target.backend !== backend) throw twoBackends(name, target.backend, backend);
  if (!sameShape(target.shape, shape)) {
    throw new ShapeError(
      `Cannot ${name} tensors of shapes ${showShape(shape)} and ${showShape(target.shape)} together`,
      { op: name, shapes: [shape, target.shape] },
    );
  }
  if (others.some((other) => storageOf(other) === storageOf(target))) {
    throw new TapeError(`Cannot ${name} tensors that share memory together: change copies of them`);
  }
}

/** Tells journals that elements are about to change: a checkpoint that runs again needs them as they were. */
export function noteElements(x: Tensor): void {
  const storage = storageOf(x);
  if (isWatched()) note(storage, storage.madeAt, () => remembered(storage));
}

function remembered(storage: Storage): Undo {
  const { length, changedAt } = storage, all = filling(storage, [length]);
  const copy = unscoped(() => apply(contiguousCopy, [all], null));
  const undo = () => {
    if (storage.released) return;
    noteElements(all);
    applyAll(update, [all, copy], restoring);
    storage.changedAt = changedAt;
  };
  return Object.assign(undo, { forget: () => storageOf(copy).release() });
}

const restoring: MapAttributes = { name: "restore", exprs: [input(1)] };

// Operands are converted to the dtype of the target, which keeps it. Targets change one after the other: what one has
// become is read as it is kept.
function inDtypesOf(exprs: readonly Expr[], types: readonly DType[]): Expr[] {
  const kept: Expr[] = [];
  exprs.forEach((root, k) => {
    const dtype = types[k], from = (x: Expr, type: DType) => type === dtype ? x : cast(x, dtype);
    const changed = rewrite(root, (node) => {
      if (node.kind === "input") return from(node, types[node.value]);
      const i = node.kind === "call" ? exprs.indexOf(node) : k;
      return i >= 0 && i < k ? from(kept[i], types[i]) : null;
    });
    kept.push(cast(changed, dtype));
  });
  return kept;
}

function checkLeaf(name: string, target: Tensor): void {
  if (!target.requiresGrad || (target.isLeaf && !isRecording())) return;
  throw new TapeError(`Cannot ${name} a tensor on the tape: do it inside noGrad(() => …), and to a leaf`);
}

function checkTarget(name: string, target: Tensor): void {
  checkTensor(name, target);
  if (storageOf(target).held) {
    throw new TapeError(
      `Cannot ${name} a tensor of shape ${showShape(target.shape)} that others have yet to read: their ` +
        "elements are on their way from another device, await ready() first",
    );
  }
  checkLeaf(name, target);
  if (storageOf(target).shared || overlaps(target)) {
    throw new TapeError(
      `Cannot ${name} a tensor of shape ${showShape(target.shape)} whose elements share memory: ` +
        "change what it was expanded from, or a copy made with full() or variable()",
    );
  }
}

/**
 * Refuses what an update of `target` by `operands` would refuse, and changes nothing: for those who change
 * several tensors, all or none. `name` is what errors call the update.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkUpdate, ShapeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const a = tensor([1, 2]), b = tensor([3, 4]);
 * const setBoth = (value: typeof a): void => {
 *   for (const x of [a, b]) checkUpdate("set", x, value);
 *   for (const x of [a, b]) x.assign(value);
 * };
 * assertThrows(() => setBoth(tensor([1, 2, 3])), ShapeError, "Cannot set [3] to [2]");
 * assertEquals(await a.array(), [1, 2]);
 * ```
 */
export function checkUpdate(name: string, target: Tensor, ...operands: readonly Tensor[]): void {
  checkTarget(name, target);
  void target.buffer;
  for (const x of operands) {
    checkOperand(name, x, target);
    void x.buffer;
  }
}

/** Refuses what cannot take the place of a tensor's elements. */
export function checkReplacement(target: Tensor, value: Tensor): void {
  checkLeaf("set the data of", target);
  if (target.requiresGrad && !isFloating(value.dtype)) {
    throw new DtypeError(
      `Cannot set the data of a tensor that requires gradients to ${value.dtype}: only floats have them`,
      { op: "setData", dtypes: [target.dtype, value.dtype] },
    );
  }
  if (sameShape(target.shape, value.shape)) return;
  throw new ShapeError(
    `Cannot set the data of a tensor of shape ${showShape(target.shape)} to that of ${
      showShape(value.shape)
    }`,
    { op: "setData", shapes: [target.shape, value.shape] },
  );
}

// In order of stride, each axis must step over all that the smaller ones reach.
function overlaps(target: Tensor): boolean {
  if (isContiguous(target)) return false;
  const { size, shape, strides } = target;
  if (size <= 1) return false;
  const axes = shape.flatMap((n, i) => n > 1 ? [{ n, step: Math.abs(strides[i]) }] : []);
  let reach = 0;
  return axes.sort((a, b) => a.step - b.step).some(({ n, step }) => {
    if (step <= reach) return true;
    reach += (n - 1) * step;
    return false;
  });
}

function fitted(name: string, x: Tensor, targets: readonly Tensor[]): Tensor {
  checkOperand(name, x, targets[0]);
  return targets.reduce(apart, x.detach());
}

function checkOperand(name: string, x: Tensor, target: Tensor): void {
  checkTensor(name, x);
  if (x.backend !== target.backend) throw twoBackends(name, x.backend, target.backend);
  if (x.rank === 0 || sameShape(x.shape, target.shape)) return;
  const common = tryBroadcast([x.shape, target.shape]);
  if (common && sameShape(common, target.shape)) return;
  throw new ShapeError(
    `Cannot ${name} ${showShape(x.shape)} to ${showShape(target.shape)}: it does not broadcast to that shape`,
    { op: name, shapes: [x.shape, target.shape] },
  );
}

// Elements of the same memory in another order would be overwritten before they are read.
function apart(x: Tensor, target: Tensor): Tensor {
  if (storageOf(x) !== storageOf(target)) return x;
  const same = x.offset === target.offset && sameShape(x.shape, target.shape) &&
    sameShape(x.strides, target.strides);
  return same ? x : apply(contiguousCopy, [x], null);
}

const overwrite = defineUpdate("assign", (_target, value) => value);

/** Overwrites the elements of `target` with those of `value`, broadcast and converted. */
export function assign(target: Tensor, value: TensorLike): void {
  overwrite(target, value);
}
