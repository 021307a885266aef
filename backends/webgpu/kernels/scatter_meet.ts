/** How a scattered element meets what is there, in the source of kernels. */
import type { DType, ScatterKind } from "@tapegrad/core/backend";
import { registerType } from "../wgsl/expression.ts";

/** How elements meet that do not take each other's place. */
export type MeetKind = Exclude<ScatterKind, "set">;

/** Two values that meet, as text. */
export interface Meet {
  /** The text of what they are together. */
  readonly text: (a: string, b: string) => string;
  /** Names of library functions that it calls. */
  readonly uses: readonly string[];
}

const truths: Readonly<Record<MeetKind, string>> = { add: "||", prod: "&&", max: "||", min: "&&" };

/** How elements of a dtype meet, in their register type. */
export function meetOf(kind: MeetKind, dtype: DType): Meet {
  const type = registerType(dtype), infix = type === "bool" ? truths[kind] : kind === "add" ? "+" : "*";
  if (type === "bool" || kind === "add" || kind === "prod") {
    return { text: (a, b) => `${a} ${infix} ${b}`, uses: [] };
  }
  const chosen = type === "f32" ? `${kind}imum_f32` : kind;
  return { text: (a, b) => `${chosen}(${a}, ${b})`, uses: type === "f32" ? [chosen] : [] };
}
