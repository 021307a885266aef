/** Who looks on while backends work: profiles, and a recorder of programs. */
import type { Rules } from "../call/op.ts";
import type { KeyWords } from "../ops/keys.ts";
import type { TapeNode } from "../tensor/node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TypedArray } from "../base/dtype.ts";
import type { View } from "./backend.ts";
import { context, within } from "./context.ts";
import type { Changing } from "./journal.ts";
import type { Storage } from "./storage.ts";

/** What is told of all that happens to elements while a program is recorded. */
export interface Recorder {
  /** A kernel ran. */
  launched(op: Rules<never>, inputs: readonly View[], outputs: readonly View[], attributes: unknown): void;
  /** A storage was filled from the host. */
  uploaded(storage: Storage, data: TypedArray): void;
  /** The gradient of a tensor is about to be replaced by another or none. */
  regraded(tensor: Tensor, gradient: Tensor | null): void;
  /** The cotangents of what a node of the tape gave are known. */
  arrived(node: TapeNode, cts: readonly (Tensor | null)[]): void;
  /** Storages are to outlive the function that is recorded. */
  kept(storages: Iterable<Storage>): void;
  /** Gives a key that was drawn from a sequence as a tensor, which each run of the program draws anew. */
  lifted(words: KeyWords, sequence: Changing<KeyWords>): Tensor;
  /** JavaScript looks at a value of an owner, on which it may depend what runs. */
  decided(owner: object, read: () => unknown): void;
  /** JavaScript looks for the gradient of a tensor. */
  soughtGradient(tensor: Tensor, found: Tensor | null): void;
  /** It is looked whether ops on tensors are put on the tape. */
  soughtTapes(tensors: readonly Tensor[]): void;
  /** A leaf is about to ask for gradients, or to stop asking. */
  retaping(leaf: Tensor): void;
  /** A value is about to be replaced by another. */
  redecided(owner: Changing<unknown>): void;
  /** The elements of a tensor are about to become a text, by which JavaScript may decide. */
  spelled(): void;
  /** Refuses what a program could not repeat, with a message that says why not and what to do. */
  refuse(message: string): never;
}

/** Whether anyone looks on: to be asked where kernels start, before who it is. */
export let observed = false;

const observers = { profile: false, recorder: false };

/** Tells that profiles, or a recorder, begin or end to look on. */
export function observe(who: keyof typeof observers, on: boolean): void {
  observers[who] = on;
  observed = observers.profile || observers.recorder;
}

/** Runs `fn` with a recorder looking on. */
export function withRecorder<T>(recorder: Recorder, fn: () => T): T {
  observe("recorder", true);
  try {
    return within({ recorder }, fn);
  } finally {
    observe("recorder", false);
  }
}

/** Runs `fn`, of which a recorder that looks on is told nothing. */
export function unrecorded<T>(fn: () => T): T {
  return context.recorder === null ? fn() : within({ recorder: null }, fn);
}

/**
 * Says on what it depends which ops run, beside tensors, arguments and cells: `read` gives it as it is now. What
 * {@link compile} has recorded is used where it reads the same; what a {@link Changing} holds is known already.
 *
 * @category Programs
 * @example
 * ```ts
 * import { compile, guard, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * let isLoud = false;
 * const speak = compile((x: Tensor) => {
 *   guard(() => isLoud);
 *   return isLoud ? x.mul(10) : x;
 * });
 * for (const loud of [false, false, false, true, true, true, false]) {
 *   isLoud = loud;
 *   assertEquals(await speak(tensor([1])).array(), [loud ? 10 : 1]);
 * }
 * assertEquals(speak.programs.length, 2);
 * ```
 */
export function guard(read: () => unknown): void {
  context.recorder?.decided(read, read);
}

/** Refuses to read where a program is recorded, which would not. */
export function refuseRead(backend: string): void {
  context.recorder?.refuse(
    `Cannot read from ${backend} while a program is recorded, whose runs would not: return the tensor from the ` +
      "function and read it outside",
  );
}
