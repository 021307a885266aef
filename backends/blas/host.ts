/** What of Deno calls libraries. */

import type { TypedArray } from "@tapegrad/core/backend";

/** How a function of a library is called. */
export interface Signature {
  readonly parameters: readonly ("i32" | "f32" | "f64" | "buffer" | "usize")[];
  readonly result: "void" | "i32" | "pointer";
  /** It is null where the library has none of that name. */
  readonly optional: true;
}

/** What a function of a library takes, and what it gives: a pointer is an object. */
export type Foreign = (...args: (number | TypedArray)[]) => unknown;

/** The functions of a library by their names. */
export type Functions = Readonly<Record<string, Foreign | null>>;

/** Whether something is permitted without asking. */
interface Permissions {
  querySync(descriptor: { name: "ffi"; path?: string }): { readonly state: string };
  requestSync(descriptor: { name: "ffi" }): { readonly state: string };
}

/** What there is of it in Deno alone. */
export interface Host {
  readonly build: { readonly os: string; readonly arch: string };
  readonly permissions: Permissions;
  readonly UnsafePointerView: { getCString(pointer: object): string };
  dlopen(
    path: string,
    signatures: Readonly<Record<string, Signature>>,
  ): { readonly symbols: Functions };
}

/** The host, if it is one that calls libraries. */
export function host(): Host | undefined {
  const { Deno: deno } = globalThis as unknown as { readonly Deno?: Partial<Host> };
  return typeof deno?.dlopen === "function" ? deno as Host : undefined;
}
