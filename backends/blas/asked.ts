/** Which BLAS is asked for, in code or by the environment. */
import {
  BackendError,
  type BlasOptions,
  checkOptions,
  described,
  environmentVariable,
  type UseBackendOptions,
} from "@tapegrad/core/backend";
import type { Library } from "./library.ts";
import { openLibrary, REFUSED } from "./open.ts";
import { warnOfPin } from "./pin.ts";

type BlasSetting = UseBackendOptions["blas"];

/** A library, or why there is none where one was wanted if it can be had. */
export interface Found {
  readonly library?: Library;
  readonly lack?: string;
}

// An error where it cannot be had, unless that was left open.
function libraryFor(setting: BlasSetting): Found {
  const { path, threads } = readSetting(setting);
  if (path === false) return {};
  try {
    const library = openLibrary(typeof path === "string" && path !== AUTO ? path : undefined);
    if (threads !== undefined) library.setThreads(threads);
    warnOfPin(library);
    return { library };
  } catch (error) {
    if (path !== AUTO || !(error instanceof BackendError)) throw error;
    return { lack: error.message.replace(`${REFUSED}: `, "") };
  }
}

const AUTO = "auto";

/** Nobody has more threads, and libraries that believed it would try to begin them. */
const MOST_THREADS = 1024;

interface Asked {
  readonly path: string | boolean;
  readonly threads?: number;
}

function readSetting(setting: BlasSetting = false): Asked {
  const isObject = String(setting) === "[object Object]";
  const { path = true, threads } = isObject ? setting as BlasOptions : { path: setting as string | boolean };
  if (isObject) checkOptions("multiply by a BLAS", setting, ["path", "threads"]);
  if (threads !== undefined && !isCount(threads)) {
    throw new RangeError(
      `Cannot multiply on ${described(threads)} threads: a whole number from 1 to ${MOST_THREADS} is needed`,
    );
  }
  if (typeof path === "boolean" || (typeof path === "string" && path !== "")) return { path, threads };
  const mend = 'pass true, "auto", a path or { path, threads }';
  throw new TypeError(`${REFUSED} called ${described(path)}: ${mend}`);
}

function isCount(threads: number): boolean {
  return Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS;
}

/** The library that settings ask for, or the environment, which outranks what is no flag. */
export function libraryAskedBy({ blas, byFlag }: UseBackendOptions): Found {
  const said = byFlag && blas !== undefined ? undefined : environmentVariable("TAPEGRAD_BLAS");
  if (said === undefined) return libraryFor(blas);
  return libraryFor(said === "true" || said === "false" ? said === "true" : said);
}
