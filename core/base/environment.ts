/** What the environment says, where it may be read without asking anyone. */

interface Host {
  readonly Deno?: {
    readonly permissions: {
      querySync(descriptor: { name: "env"; variable: string }): { readonly state: string };
    };
    readonly env: { get(name: string): string | undefined };
  };
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
}

/**
 * An environment variable, or `undefined` where it is empty or not set, in a page, or where its reading was not permitted
 * beforehand.
 *
 * @category Backends
 * @example
 * ```ts
 * import { environmentVariable } from "@tapegrad/core/backend";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(environmentVariable("TAPEGRAD_ABACUS"), undefined);
 * ```
 */
export function environmentVariable(name: string): string | undefined {
  const { Deno: deno, process } = globalThis as Host;
  if (!deno) return process?.env?.[name] || undefined;
  const granted = deno.permissions.querySync({ name: "env", variable: name }).state === "granted";
  return granted ? deno.env.get(name) || undefined : undefined;
}
