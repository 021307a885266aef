/** What the commands of this repository have in common: flags, errors, exit codes. */
import { type Backend, BackendError, DtypeError, useBackend, visible } from "@tapegrad/tapegrad";
import { parseArgs } from "@std/cli/parse-args";

/** What a command failed at through no fault in the program: one line, no stack, exit code 1. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number = 1;
}

/** Something the caller asked for that cannot be done: exit code 2. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}

/** A command: its help, how its arguments are read, and what it does. */
export interface Command<Options> {
  readonly help: string;
  readonly read: (args: readonly string[]) => Options | "help";
  readonly run: (options: Options) => Promise<void>;
}

/** Runs a command line and gives its exit code. */
export async function runCommand<Options>(
  args: readonly string[],
  { help, read, run }: Command<Options>,
): Promise<number> {
  try {
    const options = read(args);
    if (options === "help") console.log(help);
    else await run(options);
    return 0;
  } catch (error) {
    const { message, exitCode } = toCommandError(error);
    console.error(`error: ${visible(message.replace(/\s*\n\s*/g, " "))}`);
    return exitCode;
  }
}

/** What a user is told of an error; those that are faults of the program are thrown again. */
function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof BackendError || error instanceof DtypeError) return new UsageError(error.message);
  if (Object.hasOwn(REASONS, codeOf(error))) return new CommandError(`Cannot go on: ${reason(error)}`);
  throw error;
}

/** What the system says, by the code of its errors. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "there is a file of that name",
  ENOTDIR: "there is a file of that name",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EROFS: "the disk is read-only",
  EPIPE: "nobody reads what is printed",
};

function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** Why the system did not do something. */
export function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "permission denied";
  const known = REASONS[codeOf(error)];
  return known ?? (error instanceof Error ? error.message.replace(/\s*\(os error.*$/s, "") : String(error));
}

/** Leaves between two pieces of work, so that no file is half written; a second signal is not needed. */
export function leaveOnSignals(): void {
  Deno.addSignalListener("SIGINT", () => Deno.exit(130));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => Deno.exit(143));
}

/** Gives up permissions: what runs from then on can do no more than it needs. */
export type Drop = (...names: readonly Deno.PermissionName[]) => void;

/** For the process of a command; who calls one from elsewhere keeps what it has. */
export const drop: Drop = (...names) => {
  for (const name of names) Deno.permissions.revokeSync({ name });
};

/** The flags of a command that were given, and the words beside them. */
export type Flags<Text extends string, Switch extends string> =
  & { readonly [name in Text]?: string }
  & { readonly [name in Switch]: boolean }
  & { readonly words: readonly string[] };

/** Reads flags, refusing those that `task` does not know and those whose value is missing. */
export function parseFlags<Text extends string, Switch extends string>(
  task: string,
  args: readonly string[],
  { text, switches }: { readonly text: readonly Text[]; readonly switches: readonly Switch[] },
): Flags<Text, Switch> {
  const unknown: string[] = [], spelled = args.map((arg) => arg === "--blas" ? "--blas=true" : arg);
  // As plain texts: from names that are type parameters parseArgs would compute types that cannot be read.
  const names = { string: text as readonly string[], boolean: switches as readonly string[] };
  const { _: words, ...given }: Record<string, unknown> = parseArgs(spelled, {
    ...names,
    unknown: (argument) => argument.startsWith("-") ? (unknown.push(argument), false) : true,
  });
  if (unknown.length) throw new UsageError(`Unknown option ${unknown[0]}: see deno task ${task} --help`);
  const empty = text.find((name) => given[name] === "");
  if (empty) throw new UsageError(`Option --${empty} needs a value: see deno task ${task} --help`);
  return { ...given, words: (words as unknown[]).map(String) } as unknown as Flags<Text, Switch>;
}

/** What flags say of where to compute. */
export interface Where {
  readonly backend?: string;
  /** `true`, `false`, `auto` or a path, as in TAPEGRAD_BLAS. */
  readonly blas?: string;
  /** A whole number from 1 on, as in TAPEGRAD_THREADS. */
  readonly threads?: string;
}

/** The flags of {@link Where}. */
export const whereFlags = ["backend", "blas", "threads"] as const;

/** What a command's help says of them. */
export const whereHelp: string =
  `  --backend NAME  where to compute; otherwise TAPEGRAD_BACKEND, otherwise auto
  --blas[=PATH]   multiplies matrices by a BLAS, one of a path or that is found; otherwise as TAPEGRAD_BLAS says
  --threads N     computes on at most N threads, on wasm; otherwise as TAPEGRAD_THREADS says, or as there are`;

/** The number of threads that a flag gives. */
export function readThreads(text?: string): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count < 2 ** 31) return count;
  throw new UsageError(`Cannot compute on "${text}" threads: it is a whole number from 1 on`);
}

/** Chooses the backend that flags ask for, else the environment's. */
export async function useAsked({ backend, blas, threads }: Where): Promise<Backend> {
  const isWord = blas === "true" || blas === "false", count = readThreads(threads);
  return await useBackend(backend, {
    byFlag: true,
    blas: isWord ? blas === "true" : blas,
    threads: count,
  });
}
