/** Commands, folders and pages of an installation. */
import type { Browser } from "playwright-core";
import { launch, withoutBrowser } from "../e2e/chromium.ts";
import { serve } from "./serve.ts";

/** What takes longer would take for ever. */
const PATIENCE = 300_000;

/** Runs a command in a folder, and gives what it printed; a failure, or no end, throws with that. */
export async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(PATIENCE),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return out;
  throw new Error(`${[command, ...args].join(" ")} failed:\n${out}${err}`);
}

/** Without the network: what is installed has no dependency but one another. */
export function npmInstall(folder: string, ...what: readonly string[]): Promise<string> {
  return run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", ...what);
}

/** Writes files into a folder, which is made if it is not there. */
export function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(
      `${folder}/${name}`,
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
}

let browser: Promise<Browser> | undefined;

/** Fails unless the page at the top of a folder comes to have a title. */
export async function assertTitle(folder: string, title: string): Promise<void> {
  if (withoutBrowser) return console.log("  (not opened: there is no Chromium)");
  await using server = serve(folder);
  const opened = await (await (browser ??= launch())).newPage();
  const errors: string[] = [];
  opened.on("pageerror", ({ message }) => errors.push(message));
  await opened.goto(server.address);
  await opened.waitForFunction((wanted) => document.title === wanted, title, { timeout: 30_000 })
    .catch(async () => {
      throw new Error(`The page shows ${await opened.title()}: ${errors.join("; ")}`);
    });
  await opened.close();
}

/** Ends the browser, if there is one. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** Does pieces of work, some at a time. */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  lanes = navigator.hardwareConcurrency,
): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  }));
}
