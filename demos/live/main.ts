import { visible } from "@tapegrad/tapegrad";
import { type Drop, drop, leaveOnSignals, parseFlags, runCommand, UsageError } from "../command_line.ts";
import { probeDirectory, writeFiles } from "../output.ts";
import { listen } from "./server.ts";
import { makeSite, type Site } from "./site.ts";

interface Options {
  /** Where to write the files instead of serving them. */
  readonly build?: string;
  readonly host: string;
  readonly port: number;
}

/** Where to listen. */
type Place = Pick<Options, "host" | "port">;

const HELP = `Serves a page that runs the experiments in the visitor's browser, or writes its files.

Usage: deno task page [--port N] [--host NAME]
       deno task page --build DIR

  --build DIR   writes index.html, style.css, page.js and worker.js for any web server, and leaves
  --port N      where to listen; 8000 if not given, 0 for any port that is free
  --host NAME   the address to listen on: localhost (the default), 127.0.0.1, or 0.0.0.0 for all
  --help        prints this`;

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[], drop: Drop = () => {}): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run: (options) => run(options, drop) });
}

function readOptions(args: readonly string[]): Options | "help" {
  const flags = parseFlags("page", args, { text: ["build", "port", "host"], switches: ["help"] });
  if (flags.help) return "help";
  if (flags.words.length > 0) {
    throw new UsageError(`Unknown argument "${flags.words[0]}": see deno task page --help`);
  }
  return { build: flags.build, host: flags.host ?? "localhost", port: readPort(flags.port) };
}

function readPort(text = "8000"): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new UsageError(`Cannot listen on port "${text}": it is a whole number from 0 to 65535`);
}

async function run({ build, host, port }: Options, drop: Drop): Promise<void> {
  if (build === undefined) return await makeAndServe({ host, port }, drop);
  drop("net");
  probeDirectory(build, "--build");
  const site = await makeSite();
  drop("run");
  write(site, build);
}

function write(site: Site, directory: string): void {
  writeFiles(directory, site);
  const sizes = [...site].map(([name, text]) => `${name} ${kilobytes(text)} kB`);
  console.log(`The page is ${visible(directory)}/index.html, for any web server: ${sizes.join(", ")}`);
}

function kilobytes(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 1000);
}

async function makeAndServe(place: Place, drop: Drop): Promise<void> {
  drop("write");
  const site = await makeSite();
  drop("run", "read");
  await serve(site, place);
}

async function serve(site: Site, { host, port }: Place): Promise<void> {
  try {
    const server = await listen(site, { host, port });
    console.log(`The page is http://${host}:${server.port}/`);
  } catch (error) {
    throw new UsageError(`Cannot listen on ${host}:${port}: ${reason(error)}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else does, choose another --port",
  EACCES: "permission denied, choose a --port from 1024",
  EADDRNOTAVAIL: "this machine has no such address",
  EINVAL: "this machine has no such address",
  ENOTFOUND: "there is no such address",
};

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "the task may only use localhost, 127.0.0.1 and 0.0.0.0";
  }
  const { code = "", message } = error as Error & { code?: string };
  return REASONS[code] ?? message;
}

if (import.meta.main) {
  leaveOnSignals();
  const code = await main(Deno.args, drop);
  if (code !== 0) Deno.exit(code);
}
