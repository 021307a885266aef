import { listed, visibleLines } from "./text.ts";

/**
 * What an error of ours knows beside its sentence.
 *
 * @category Errors
 */
export interface ErrorDetail {
  /** The op that was asked for. */
  readonly op?: string;
  /** The shapes it was asked on. */
  readonly shapes?: readonly (readonly number[])[];
  /** The dtypes it was asked on. */
  readonly dtypes?: readonly string[];
}

/**
 * Shapes, axes or sizes that do not fit.
 *
 * @category Errors
 * @example
 * ```ts
 * import { matmul, ShapeError, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => matmul(zeros([4, 2]), zeros([4, 2])), ShapeError, "inner extents are 2 and 4");
 * ```
 */
export class ShapeError extends RangeError {
  /** "ShapeError". */
  override readonly name = "ShapeError";
  /** The op and shapes in question. */
  readonly detail: ErrorDetail;
  /** An error with its sentence and, where known, the op and the shapes. */
  constructor(message: string, detail: ErrorDetail = {}) {
    super(visibleLines(message));
    this.detail = detail;
  }
}

/**
 * A dtype that an op does not take or a backend does not have.
 *
 * @category Errors
 * @example
 * ```ts
 * import { bitwiseAnd, DtypeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => bitwiseAnd(tensor([1.5]), 1), DtypeError, "integer");
 * ```
 */
export class DtypeError extends TypeError {
  /** "DtypeError". */
  override readonly name = "DtypeError";
  /** The op and dtypes in question. */
  readonly detail: ErrorDetail;
  /** An error with its sentence and, where known, the op and the dtypes. */
  constructor(message: string, detail: ErrorDetail = {}) {
    super(visibleLines(message));
    this.detail = detail;
  }
}

/**
 * An index that points outside its tensor.
 *
 * @category Errors
 * @example
 * ```ts
 * import { gather, IndexError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * const index = tensor([3], { dtype: "i32" });
 * assertThrows(() => gather(tensor([1, 2, 3]), 0, index), IndexError, "index 3");
 * ```
 */
export class IndexError extends RangeError {
  /** "IndexError". */
  override readonly name = "IndexError";
  /** An error with its sentence and, where there is one, its cause. */
  constructor(message: string, options?: ErrorOptions) {
    super(visibleLines(message), options);
  }
}

/**
 * A backend that is missing, refuses, or is mixed with another in one op.
 *
 * @category Errors
 * @example
 * ```ts
 * import { BackendError, useBackend } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => useBackend("abacus"), BackendError, "cpu");
 * ```
 */
export class BackendError extends Error {
  /** "BackendError". */
  override readonly name: string = "BackendError";
  /** An error with its sentence and, where there is one, its cause. */
  constructor(message: string, options?: ErrorOptions) {
    super(visibleLines(message), options);
  }
}

/**
 * An op that a backend has no kernel for, and that is not composed of others.
 *
 * @category Errors
 * @example
 * ```ts
 * import { argsort, kernelTable, MissingKernelError, registerBackend, zeros } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * registerBackend({
 *   name: "small",
 *   create: () => Object.assign(createCpuBackend({ name: "small" }), { kernels: kernelTable({}) }),
 * });
 * assertThrows(() => argsort(zeros([2], { backend: "small" })), MissingKernelError, "no kernel for it");
 * ```
 */
export class MissingKernelError extends BackendError {
  /** "MissingKernelError". */
  override readonly name = "MissingKernelError";
  /** The op. */
  readonly op: string;
  /** An error about an op on a backend, both by name. */
  constructor(op: string, backend: string) {
    super(`Cannot ${op} on ${backend}: it has no kernel for it; registerKernel("${backend}", "${op}", …)`);
    this.op = op;
  }
}

/**
 * A device that was there and is gone, with what was on it. `await useBackend(name)` opens it again; what was
 * read or saved before can be loaded.
 *
 * @category Errors
 * @example
 * ```ts
 * import { DeviceLostError, openBackend, registerBackend, zeros } from "@tapegrad/core";
 * import { createCpuBackend } from "@tapegrad/backends";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * registerBackend({ name: "far", open: () => Promise.resolve(createCpuBackend({ name: "far" })) });
 * const device: { lost?: string } = await openBackend("far");
 * device.lost = "the plug was pulled";
 * assertThrows(() => zeros([2], { backend: "far" }), DeviceLostError, "the plug was pulled");
 * await openBackend("far");
 * assertEquals(zeros([2], { backend: "far" }).shape, [2]);
 * ```
 */
export class DeviceLostError extends BackendError {
  /** "DeviceLostError". */
  override readonly name = "DeviceLostError";
}

/**
 * A question to the tape that it cannot answer: no graph, a released graph, a value that changed.
 *
 * @category Errors
 * @example
 * ```ts
 * import { TapeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => tensor([1, 2]).sum().backward(), TapeError, "requiresGrad");
 * ```
 */
export class TapeError extends Error {
  /** "TapeError". */
  override readonly name = "TapeError";
  /** An error with its sentence and, where there is one, its cause. */
  constructor(message: string, options?: ErrorOptions) {
    super(visibleLines(message), options);
  }
}

/**
 * A function that cannot be compiled: each call runs something else, or what it returns cannot be given again.
 *
 * @category Errors
 * @example
 * ```ts
 * import { compile, CompileError, type Tensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * let n = 0;
 * const counts = compile((x: Tensor) => x.mul(++n));
 * for (let call = 0; call < 4; call++) counts(tensor([1]));
 * assertThrows(() => counts(tensor([1])), CompileError, "3 became 4");
 * ```
 */
export class CompileError extends Error {
  /** "CompileError". */
  override readonly name = "CompileError";
  /** An error with its sentence. */
  constructor(message: string, options?: ErrorOptions) {
    super(visibleLines(message), options);
  }
}

/**
 * A shape as errors and printing show it: `[2, 3]`.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { showShape } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(showShape([2, 3]), "[2, 3]");
 * assertEquals(showShape([]), "[]");
 * ```
 */
export function showShape(shape: readonly number[]): string {
  return listed(shape);
}
