/** Which BLAS is opened. */
import { BackendError, quoted } from "@tapegrad/core/backend";
import { type Host, host } from "./host.ts";
import { Library } from "./library.ts";
import { mendFor, usualNames, usualPaths } from "./places.ts";

/** How errors begin. */
export const REFUSED = "Cannot multiply by a BLAS";

const opened = new Map<string, Library>();

/** The library of a path, or the first of the usual ones, opened once; or a BackendError that says what was tried. */
export function openLibrary(path?: string): Library {
  const there = host();
  if (!there) {
    throw refusal("this runtime is not Deno, which alone calls libraries: leave blas out");
  }
  return path === undefined ? openUsual(there) : openNamed(there, path);
}

function openNamed(there: Host, path: string): Library {
  try {
    return known(there, path);
  } catch (error) {
    throw isForbidden(error)
      ? forbidden(path, error)
      : refusal(`of ${quoted(path)}, ${messageOf(error)}`, error);
  }
}

function openUsual(there: Host): Library {
  const wrong: string[] = [], candidates = permitted(there);
  for (const path of candidates) {
    try {
      return known(there, path);
    } catch (error) {
      if (!/could not open library/i.test(messageOf(error))) wrong.push(`of ${path}, ${messageOf(error)}`);
    }
  }
  const found = wrong.length > 0 ? wrong.join("; ") : `tried ${candidates.join(", ")}`;
  throw refusal(
    `no library was found that multiplies (${found}): ${mendFor(there)}, or pass its path as blas`,
  );
}

// Only those that are permitted, if not all are; else that for all is asked for, which for a name alone is of no use.
function permitted(there: Host): readonly string[] {
  const name = "ffi", isGranted = (state: { readonly state: string }) => state.state === "granted";
  if (isGranted(there.permissions.querySync({ name }))) return usualNames(there);
  const paths = usualPaths(there).filter((path) => isGranted(there.permissions.querySync({ name, path })));
  if (paths.length > 0) return paths;
  if (isGranted(there.permissions.requestSync({ name }))) return usualNames(there);
  throw forbidden();
}

function known(there: Host, path: string): Library {
  const library = opened.get(path) ?? new Library(there, path);
  opened.set(path, library);
  return library;
}

function forbidden(path?: string, cause?: unknown): BackendError {
  const flag = path === undefined ? "--allow-ffi" : `--allow-ffi or --allow-ffi=${path}`;
  return refusal(`it takes the permission to call libraries: run with ${flag}, or leave blas out`, cause);
}

function refusal(why: string, cause?: unknown): BackendError {
  return new BackendError(`${REFUSED}: ${why}`, { cause });
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^(could not open library: )+/i, "could not open library: "); // Deno says it twice
}
