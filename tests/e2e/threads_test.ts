/** Threads of a page, in Chromium, where it is isolated from other origins and where it is not. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { bundle } from "../../demos/bundle.ts";
import { launch, withoutBrowser } from "./chromium.ts";
import type { Computed } from "./threads/compute.ts";

const ENTRY = new URL("threads/compute.ts", import.meta.url).pathname;

const isolating = {
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
};

/** A page, and what it said. */
interface Opened {
  readonly page: Page;
  readonly said: string[];
  /** Calls `compute` in the page, or in its worker, a module or not. */
  compute(where: "page" | "module" | "classic", threads: number): Promise<Computed>;
}

let script: Promise<string> | undefined, browser: Promise<Browser> | undefined;

async function open(
  headers: Readonly<Record<string, string>>,
  use: (opened: Opened) => Promise<void>,
): Promise<void> {
  const code = await (script ??= bundle(ENTRY));
  const types: Readonly<Record<string, string>> = { "/": "text/html", "/compute.js": "text/javascript" };
  const server = Deno.serve({ port: 0, hostname: "localhost", onListen: () => {} }, ({ url }) => {
    const { pathname } = new URL(url), type = types[pathname];
    const html =
      '<!doctype html><link rel="icon" href="data:,"><title>Threads</title><script type="module" src="compute.js"></script>';
    return new Response(pathname === "/" ? html : code, { headers: { "content-type": type, ...headers } });
  });
  const page = await (await (browser ??= launch())).newPage(), said: string[] = [];
  page.on("pageerror", (error) => said.push(error.message));
  page.on("console", (message) => said.push(message.text()));
  try {
    await page.goto(`http://localhost:${server.addr.port}/`);
    await use({ page, said, compute: (where, threads) => computeIn(page, where, threads) });
  } finally {
    await page.close();
    await server.shutdown();
  }
}

async function computeIn(page: Page, where: string, threads: number): Promise<Computed> {
  await page.waitForFunction(() => "compute" in globalThis);
  if (where === "page") return await page.evaluate((threads) => compute(threads), threads);
  const [worker] = await Promise.all([
    page.waitForEvent("worker"),
    page.evaluate((type) => void new Worker("compute.js", { type }), where as WorkerType),
  ]);
  await worker.evaluate(async () => {
    while (!("compute" in globalThis)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
  return await worker.evaluate((threads) => compute(threads), threads);
}

function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: withoutBrowser, sanitizeOps: false, sanitizeResources: false });
}

const alone = /^(?!.* threads)/;

for (const where of ["module", "classic"] as const) {
  browserTest(
    `a ${where} worker of an isolated page computes the same bits on three threads as on one`,
    () =>
      open(isolating, async ({ said, compute }) => {
        const one = await compute(where, 1), three = await compute(where, 3);
        assertEquals([one.threads, three.threads, three.isolated, said], [1, 3, true, []]);
        assertMatch(three.description, / on 3 threads$/);
        assertEquals(three.sums, one.sums);
      }),
  );
}

browserTest(
  "a page that is not isolated has one thread, as its worker, and each says so once",
  () =>
    open({}, async ({ said, compute }) => {
      const answers = [await compute("page", 2), await compute("page", 3), await compute("module", 2)];
      for (const { isolated, threads, description, sums } of answers) {
        assertEquals([isolated, threads, sums], [false, 1, answers[0].sums]);
        assertMatch(description, alone);
      }
      const why =
        /^There is one thread in place of 2: .* isolated from other origins, by the headers Cross-Origin-Opener/;
      assertEquals([said.length, said.every((line) => why.test(line))], [2, true], said.join());
    }),
);

browserTest(
  "the main thread of an isolated page computes by itself and says so once",
  () =>
    open(isolating, async ({ said, compute }) => {
      const one = await compute("page", 1),
        [two, three] = [await compute("page", 2), await compute("page", 3)];
      assertEquals([two.isolated, two.threads, three.threads], [true, 1, 1]);
      assertEquals([two.sums, three.sums], [one.sums, one.sums]);
      assertMatch(two.description, alone);
      const why =
        "There is one thread in place of 2: a page's main thread may not wait for others; a worker that runs " +
        "the program may";
      assertEquals(said, [why]);
    }),
);

browserTest(
  "a policy has to let workers begin from blob:, else there is one thread with that reason",
  async () => {
    const policy = "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'";
    const computeUnder = async (policy: string): Promise<Computed> => {
      let computed: Computed;
      await open({ ...isolating, "content-security-policy": policy }, async ({ said, compute }) => {
        computed = await compute("module", 2);
        assertEquals(said, []);
      });
      return computed!;
    };
    const [one, two] = [await computeUnder(policy), await computeUnder(`${policy}; worker-src 'self' blob:`)];
    assertEquals([one.threads, two.threads, one.sums], [1, 2, two.sums]);
    assertMatch(one.description, /, one thread, for a worker could not run: .* worker-src blob:$/);
    assertMatch(two.description, / on 2 threads$/);
  },
);

browserTest("the browser is put away", async () => await (await browser)?.close());
