/** The live page in a browser, and what the tests read of it. */
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { listen, type Listening } from "../../demos/live/server.ts";
import { makeSite } from "../../demos/live/site.ts";
import { launch, softwareWebGpu } from "./chromium.ts";

export interface Live {
  readonly page: Page;
  readonly address: string;
  /** Everything on the console, uncaught errors, and requests for anything but the page's own files. */
  readonly complaints: string[];
}

interface OpenOptions extends BrowserContextOptions {
  /** What stands after the # of the address. */
  readonly hash?: string;
  /** Whether the browser offers WebGPU; it does unless told otherwise. */
  readonly webgpu?: boolean;
  /** A name that leads to this machine: localhost, or lan.test, which a browser does not trust. */
  readonly host?: "localhost" | "lan.test";
  /** What the worker may do, in place of what it may where we serve the page. */
  readonly workerPolicy?: string;
}

const NAMES = ["--host-resolver-rules=MAP lan.test 127.0.0.1"];
const browsers = new Map<boolean, Promise<Browser>>();
let served: Promise<Listening> | undefined;

async function serve(): Promise<Listening> {
  return await listen(await makeSite(), { host: "localhost", port: 0 });
}

/** Opens the page and waits until it can be used. */
export async function open(
  { hash = "", webgpu = true, host = "localhost", workerPolicy, ...options }: OpenOptions = {},
): Promise<Live> {
  served ??= serve();
  const { port } = await served;
  const address = `http://${host}:${port}/`;
  if (!browsers.has(webgpu)) browsers.set(webgpu, launch([...NAMES, ...webgpu ? softwareWebGpu : []]));
  const browser = await browsers.get(webgpu)!;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  if (workerPolicy !== undefined) await restrict(page, workerPolicy);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(page\.js|worker\.js|style\.css)?(#|$)/.test(request.url().replace(address, ""))) {
      if (!/^(data|blob):/.test(request.url())) complaints.push(request.url());
    }
  });
  await page.goto(address + (hash && `#${hash}`));
  await page.waitForSelector("main[data-state=ready] #charts svg");
  await page.waitForFunction(() => document.querySelector("#device")!.textContent !== "");
  return { page, address, complaints };
}

async function restrict(page: Page, policy: string): Promise<void> {
  await page.route("**/worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
  });
}

/** Ends the page, which must have had nothing to complain of. */
export async function close({ page, complaints }: Live): Promise<void> {
  assertEquals(complaints, []);
  await page.context().close();
}

/** Puts browsers and server away. */
export async function putAway(): Promise<void> {
  for (const browser of browsers.values()) await (await browser).close();
  await (await served)?.close();
}

/** Waits until a run has ended, and gives how. */
export async function ended({ page }: Live): Promise<string> {
  await page.waitForSelector("main:is([data-state=done], [data-state=stopped], [data-state=failed])");
  return await page.locator("main").getAttribute("data-state") ?? "";
}

/** Presses Run and waits for the end. */
export async function run(live: Live): Promise<string> {
  await live.page.click("#run");
  return await ended(live);
}

/** The rows of the table: each number in full. */
export function numbers({ page }: Live): Promise<number[][]> {
  return page.locator("#numbers tr:has(td)").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("data")].map(({ value }) => Number(value)))
  );
}

export async function text({ page }: Live, selector: string): Promise<string> {
  return await page.locator(selector).textContent() ?? "";
}
