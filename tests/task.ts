/**
 * Runs a task that is a command of Deno's, or several one after the other, and tells what it does when asked for
 * help: `task.ts NAME COMMAND … [then COMMAND …] with ARGUMENT …`.
 */
import config from "../deno.json" with { type: "json" };
import { runCommand, UsageError } from "../demos/command_line.ts";
import { root } from "./house/packages.ts";

const tasks: Readonly<Record<string, { readonly description: string }>> = config.tasks;

/** What a task's command runs, and what its caller adds to that. */
interface Job {
  readonly commands: readonly (readonly string[])[];
  readonly given: readonly string[];
}

/** What a task is about, and what its last command takes. */
export function helpOf(name: string, usage: string): string {
  return `${tasks[name].description}.\n\nUsage: deno task ${name}${usage}\n\n  --help  prints this`;
}

/** Whether help is asked for. */
export function asksHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}

/** Has tests that have a long form take it. */
const LONG = "--long";

const isWindows = Deno.build.os === "windows";

function split(args: readonly string[], word: string): string[][] {
  const parts: string[][] = [[]];
  for (const arg of args) {
    if (arg === word) parts.push([]);
    else parts.at(-1)!.push(arg);
  }
  return parts;
}

function readJob(name: string, args: readonly string[]): Job | "help" {
  const end = args.indexOf("with"), commands = split(args.slice(0, end), "then"), given = args.slice(end + 1);
  if (asksHelp(given)) return "help";
  if (commands.length === 1 || given.length === 0) return { commands, given };
  throw new UsageError(`Unknown argument "${given[0]}": see deno task ${name} --help`);
}

async function run({ commands, given }: Job): Promise<void> {
  const env = given.includes(LONG) ? { TAPEGRAD_LONG: "true" } : undefined;
  const more = given.filter((arg) => arg !== LONG);
  for (const command of commands) {
    const child = new Deno.Command(Deno.execPath(), { args: [...command, ...more], cwd: root, env }).spawn();
    const end = (): void => child.kill("SIGTERM");
    if (!isWindows) Deno.addSignalListener("SIGTERM", end);
    const { code } = await child.status;
    if (!isWindows) Deno.removeSignalListener("SIGTERM", end);
    if (code !== 0) Deno.exit(code);
  }
}

/** Runs a task that takes no arguments but `--help`, and gives its exit code. */
export function runPlain(name: string, args: readonly string[], work: () => Promise<void>): Promise<number> {
  const read = (): "run" | "help" => {
    if (asksHelp(args)) return "help";
    if (args.length === 0) return "run";
    throw new UsageError(`Unknown argument "${args[0]}": see deno task ${name} --help`);
  };
  return runCommand(args, { help: helpOf(name, ""), read, run: work });
}

if (import.meta.main) {
  Deno.addSignalListener("SIGINT", () => {}); // the command hears it too, and says what it has to say
  const [name, ...args] = Deno.args, isSeveral = args.includes("then");
  const usage = isSeveral ? "" : ` [what deno ${args[0]} takes: files, flags]`;
  Deno.exit(await runCommand(args, { help: helpOf(name, usage), read: (all) => readJob(name, all), run }));
}
