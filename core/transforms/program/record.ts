/** Functions as programs. */
import { TapeError } from "../../base/errors.ts";
import { apply } from "../../call/apply.ts";
import { noGrad, watchRecording } from "../../call/record.ts";
import { context } from "../../device/context.ts";
import { withRecorder } from "../../device/observe.ts";
import type { Storage } from "../../device/storage.ts";
import { keyTensor } from "../../ops/keys.ts";
import { contiguousCopy } from "../../primitives/movement.ts";
import { scope } from "../../tape/scope.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { isPlain, leavesOf, mapTree } from "../../tensor/tree.ts";
import { synchronous } from "../synchronous.ts";
import { finish } from "./finish.ts";
import type { Bindings } from "./bindings.ts";
import type { ProgramEffect, ProgramParts } from "./parts.ts";
import { Program } from "./program.ts";
import type { Decision, Setting } from "./decision.ts";
import { ProgramRecorder, type RecorderOptions } from "./recorder.ts";
import {
  type Argument,
  checkSurroundings,
  eachArgument,
  replaceArguments,
  signatureOf,
} from "./structure.ts";
import { nodeOf, storageOf } from "../../tensor/internals.ts";

/**
 * Calls a function once and gives what it returned, off the tape, with the {@link Program} of all that ran on the
 * device meanwhile: forward, backward, changes in place and draws. Its runs do the same without the function being
 * called, also to parameters, gradients and other tensors from outside. Of the arguments, alone or nested, tensors and
 * keys are inputs of a run, and other values may not change; a {@link Scalar} is followed. What JavaScript decides on
 * is decided once.
 *
 * A promise, a read inside, a tensor on its way and a move to another backend are a {@link TapeError}, as a run would
 * not do them.
 *
 * @category Programs
 * @example
 * ```ts
 * import { record, type Tensor, tensor, variable } from "@tapegrad/core";
 * import { GD } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const w = variable(4), optimizer = new GD([w], { learningRate: 0.25 });
 * const [loss, program] = record((x: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = w.mul(x).square();
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * }, tensor(1));
 * assertEquals([await loss.item(), await w.item()], [16, 2]);
 * optimizer.learningRate = 0.5;
 * const next = program.run(tensor(1));
 * assertEquals([await next.item(), await w.item(), await w.grad!.item()], [4, 0, 4]);
 * ```
 */
export function record<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  ...args: NoInfer<A>
): [T, Program<A, T>] {
  const { result, parts, bindings } = recorded(fn, args);
  return [result, new Program<A, T>(parts, bindings)];
}

/** What a recorded call gave. */
export interface Recorded<T> {
  /** What the function returned, off the tape. */
  readonly result: T;
  /** The program. */
  readonly parts: ProgramParts;
  /** What it is bound to. */
  readonly bindings: Bindings;
  /** What JavaScript decided by. */
  readonly decisions: readonly Decision[];
  /** What it has set. */
  readonly settings: readonly Setting[];
  /** Whether what was returned was on a tape that backward has not used up. */
  readonly isTaped: boolean;
}

/** How a call is recorded. */
interface Recording<T> extends RecorderOptions {
  /** Whether all arguments are copied, so that none is the memory of another tensor that the function uses. */
  readonly copies?: boolean;
  /** Whether it is to stand, told before anything that it did is final. */
  readonly stands?: (call: Recorded<T>) => boolean;
}

/** Calls a function once, as {@link record} does; what throws leaves tensors, gradients and sequences as they were. */
export function recorded<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  args: A,
): Recorded<T> {
  return tried(fn, args)!;
}

/** The same, and `null` of what does not stand, which leaves all as it was too. */
export function tried<A extends readonly unknown[], T>(
  fn: (...args: A) => T,
  args: A,
  { stands = () => true, copies = false, ...options }: Recording<T> = {},
): Recorded<T> | null {
  if (context.recorder !== null) throw new TapeError("Cannot record a program while another one is recorded");
  checkSurroundings("record", "record all of it instead");
  const recorder = new ProgramRecorder(options), { journal } = recorder;
  let isDone = false;
  try {
    const { found, returns } = watched(recorder, fn, args, copies);
    if (!stands(found)) return null;
    journal.watch(returns);
    isDone = true;
    return found;
  } finally {
    if (!isDone) journal.rewind();
    scope(() => journal.end());
  }
}

function watched<A extends readonly unknown[], T>(
  recorder: ProgramRecorder,
  fn: (...args: A) => T,
  args: A,
  copies: boolean,
): { readonly found: Recorded<T>; readonly returns: () => void } {
  const given: Tensor[] = [], stands: Tensor[] = [], taken = new Set<Storage>();
  const inputs = replaceArguments(args, (found) => {
    const stand = standIn(found, copies ? null : taken);
    given.push(found instanceof Tensor ? found : stand);
    stands.push(stand);
    return stand;
  }) as A;
  if (copies) freeze(inputs);
  let i = 0;
  eachArgument(args, (_, path) => recorder.take(stands[i++], path));
  const result = scope(() =>
    recorder.journal.watch(() => withRecorder(recorder, () => call(recorder, fn, inputs)))
  );
  const { parts, bindings } = finish(recorder, result, signatureOf(args));
  const found = {
    result: mapTree(result, (tensor) => tensor.detach()) as T,
    parts,
    bindings,
    decisions: [...recorder.decisions.values()],
    settings: recorder.settings,
    isTaped: leavesOf(result).some(isTaped),
  };
  return { found, returns: () => returnEffects(given, stands, parts.effects) };
}

// What is changed of a copy would be lost: it is an error where it is done.
function freeze(value: unknown): void {
  if (!Array.isArray(value) && !isPlain(value)) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

function call<A extends readonly unknown[], T>(recorder: ProgramRecorder, fn: (...args: A) => T, args: A): T {
  const result = watchRecording((node) => recorder.sawNode(node), () => fn(...args));
  if (!recorder.fault) return synchronous("record", result);
  if (result instanceof Promise) result.catch(() => {}); // it says the same
  throw recorder.fault;
}

function isTaped(x: Tensor): boolean {
  const node = nodeOf(x);
  return node !== null && node.op !== null && node.inputs !== null;
}

// An input has memory of its own, row-major: so runs find its elements.
function standIn(found: Argument, taken: Set<Storage> | null): Tensor {
  if (!(found instanceof Tensor)) return keyTensor(found);
  const { size, isLeaf, requiresGrad } = found, storage = storageOf(found);
  const owns = found.isContiguous && found.offset === 0 && size === storage.length && !storage.shared;
  if (owns && taken !== null && !taken.has(storage)) {
    taken.add(storage);
    return isLeaf ? found : found.detach();
  }
  const copy = noGrad(() => apply(contiguousCopy, [found], null));
  copy.label = found.label;
  copy.requiresGrad = isLeaf && requiresGrad;
  return copy;
}

// What happened to a stand-in happened to the argument; elements first, which others may yet have to read.
function returnEffects(
  given: readonly Tensor[],
  stands: readonly Tensor[],
  effects: readonly ProgramEffect[],
): void {
  const others = effects.filter(({ value }) => given[value] !== stands[value]);
  for (const { value, gradient } of others) {
    const [to, from] = [given[value], stands[value]];
    if (gradient === undefined && storageOf(to) !== storageOf(from)) noGrad(() => to.assign(from));
  }
  for (const { value, gradient } of others) {
    if (gradient !== undefined) given[value].setGrad(stands[value].grad);
  }
}
