/** Which BLAS is asked for, in code or by the environment. */
import {
  BackendError,
  type BlasOptions,
  described,
  environmentVariable,
  type UseBackendOptions,
} from "@tapegrad/core/backend";
import type { Library } from "./library.ts";
import { openLibrary } from "./open.ts";
import { warnOfPin } from "./pin.ts";

type BlasSetting = UseBackendOptions["blas"];

// An error where it cannot be had, unless that was left open.
function libraryFor(setting: BlasSetting): Library | undefined {
  const { path, threads } = readSetting(setting);
  if (path === false) return undefined;
  try {
    const library = openLibrary(typeof path === "string" && path !== AUTO ? path : undefined);
    if (threads !== undefined) library.setThreads(threads);
    warnOfPin(library);
    return library;
  } catch (error) {
    if (path === AUTO && error instanceof BackendError) return undefined;
    throw error;
  }
}

const AUTO = "auto";

interface Asked {
  readonly path: string | boolean;
  readonly threads?: number;
}

function readSetting(setting: BlasSetting = false): Asked {
  const isObject = String(setting) === "[object Object]";
  const { path = true, threads } = isObject ? setting as BlasOptions : { path: setting as string | boolean };
  if (typeof path === "boolean" || (typeof path === "string" && path !== "")) return { path, threads };
  const mend = 'pass true, "auto", a path or { path, threads }';
  throw new TypeError(`Cannot multiply by a BLAS called ${described(path)}: ${mend}`);
}

/** The library that settings ask for, or the environment, which outranks what is no flag. */
export function libraryAskedBy({ blas, byFlag }: UseBackendOptions): Library | undefined {
  const said = byFlag && blas !== undefined ? undefined : environmentVariable("TAPEGRAD_BLAS");
  if (said === undefined) return libraryFor(blas);
  return libraryFor(said === "true" || said === "false" ? said === "true" : said);
}
