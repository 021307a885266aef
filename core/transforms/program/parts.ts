/** What a recorded program is made of: plain data, and the tensors and cells that it is bound to. */
import type { DType } from "../../base/dtype.ts";
import type { Shape } from "../../base/shape.ts";
import type { Rules } from "../../call/op.ts";

/**
 * What a value of a program is: an argument, a random key that each run draws, a tensor from outside by its name, the
 * gradient of one, a number or the cell that it comes from, or what a step made.
 *
 * @category Programs
 */
export type ValueKind = "input" | "key" | "captured" | "gradient" | "literal" | "made";

/**
 * Where elements lie in the memory of a value.
 *
 * @category Programs
 */
export interface Place {
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** Distance between neighbours along each axis, in elements. */
  readonly strides: readonly number[];
  /** Position of the first element. */
  readonly offset: number;
}

/**
 * One run of memory in a program.
 *
 * @category Programs
 */
export interface ProgramValue extends Place {
  /** What it is. */
  readonly kind: ValueKind;
  /** What it is called in the program, as nothing else is. */
  readonly name: string;
  /** What its elements are. */
  readonly dtype: DType;
  /** How many there are. */
  readonly length: number;
  /** The number of a literal when it was recorded. */
  readonly number?: number;
  /** The name of the cell that a literal follows. */
  readonly cell?: string;
  /** The value that the cell had, where the number is not that but stands for it. */
  readonly standsFor?: number;
  /** The value that a gradient is of, by its index. */
  readonly of?: number;
  /** Whether it is a parameter: a leaf that requires gradients. */
  readonly parameter?: boolean;
}

/**
 * A value, by its index, as a step sees it.
 *
 * @category Programs
 */
export interface ProgramView extends Place {
  /** Which value. */
  readonly value: number;
}

/**
 * Why a step runs: to compute, to carry gradients back, or to change in place what was there.
 *
 * @category Programs
 */
export type Phase = "forward" | "backward" | "update";

/**
 * One kernel: what it runs, on what, and into what.
 *
 * @category Programs
 */
export interface ProgramStep {
  /** The primitive, or a composite that was run by a kernel. */
  readonly op: Rules<unknown>;
  /** The rest of its arguments. */
  readonly attributes: unknown;
  /** What it reads. */
  readonly inputs: readonly ProgramView[];
  /** What it writes. */
  readonly outputs: readonly ProgramView[];
  /** Why it runs. */
  readonly phase: Phase;
  /** The op whose gradient it helps to compute, and the step that ran that op if one did. */
  readonly gradientOf?: { readonly label: string; readonly step: number | null };
  /** The line of the function's program that it comes from, as a stack shows it, where that was asked for. */
  readonly line?: string;
}

/**
 * What a run leaves in what was there before: elements that were written, or a gradient that was replaced.
 *
 * @category Programs
 */
export interface ProgramEffect {
  /** The value that it is about, by its index. */
  readonly value: number;
  /** The gradient that it gets, `null` for none; absent where its elements are written. */
  readonly gradient?: ProgramView | null;
}

/**
 * A value, by its index, and the gradient of what is computed to it.
 *
 * @category Programs
 */
export interface ProgramCotangent {
  /** The value. */
  readonly value: number;
  /** What backward carries to it. */
  readonly cotangent: ProgramView;
}

/** A value that a function takes or returns, with tensors by their position. */
export type Structure =
  | { readonly tensor: number }
  | { readonly list: readonly Structure[] }
  | { readonly members: Readonly<Record<string, Structure>> }
  | { readonly plain: unknown };

/** A program, without what it is bound to. */
export interface ProgramParts {
  /** All memory that it touches. */
  readonly values: readonly ProgramValue[];
  /** Its kernels, in order. */
  readonly steps: readonly ProgramStep[];
  /** What is returned. */
  readonly outputs: readonly ProgramView[];
  /** How what is returned is arranged. */
  readonly result: Structure;
  /** What is left behind. */
  readonly effects: readonly ProgramEffect[];
  /** Which values are gradients of what is computed to others: what is carried back to them. */
  readonly cotangents: readonly ProgramCotangent[];
  /** What arguments it takes, as text. */
  readonly takes: string;
}

/** An upload as a step: elements that the host wrote. */
export const uploading: Rules<unknown> = {
  name: "upload",
  infer: () => [],
};

/** The values of a kind, with their indices. */
export function valuesOf(
  values: readonly ProgramValue[],
  ...kinds: readonly ValueKind[]
): readonly (readonly [number, ProgramValue])[] {
  return values.flatMap((value, i) => kinds.includes(value.kind) ? [[i, value] as const] : []);
}
