/**
 * The suite that Deno runs, in Chromium, whose WebGPU is another: Dawn, where Deno has wgpu; wasm keeps all in memory.
 * Dawn compiles for minutes, so it has one op in three, and all of them with `TAPEGRAD_LONG=true`.
 */
import { type ConformanceResult, conformanceTable } from "@tapegrad/backends/conformance";
import type { Page } from "playwright-core";
import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { bundle } from "../../demos/bundle.ts";
import type {} from "../conformance/page.ts";
import { launch, softwareWebGpu, withoutBrowser } from "./chromium.ts";

const ENTRY = new URL("../conformance/page.ts", import.meta.url).pathname;

/** Runs `use` in a page of our own, served from this machine, which WebGPU asks for. */
async function inPage(use: (page: Page, complaints: readonly string[]) => Promise<void>): Promise<void> {
  const script = await bundle(ENTRY), headers = { "content-type": "text/html" };
  const html = `<!doctype html><title>Conformance</title><script type="module">${script}</script>`;
  const server = Deno.serve(
    { port: 0, hostname: "localhost", onListen: () => {} },
    () => new Response(html, { headers }),
  );
  const browser = await launch(softwareWebGpu), complaints: string[] = [];
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    await page.goto(`http://localhost:${server.addr.port}/`);
    await use(page, complaints);
  } finally {
    await browser.close();
    await server.shutdown();
  }
}

// The first case of each op and dtype, and how many more there are.
function told(results: readonly ConformanceResult[], status: "failed" | "skipped"): string[] {
  const those = results.filter(({ outcome }) => outcome.status === status);
  const groups = Map.groupBy(those, ({ op, dtype }) => `${op} ${dtype}`);
  return [...groups].map(([what, [{ detail, outcome }, ...rest]]) => {
    const why = outcome.status === "failed"
      ? outcome.message
      : outcome.status === "skipped"
      ? outcome.reason
      : "";
    return `${what}, ${detail}: ${why}${rest.length > 0 ? ` (and ${rest.length} more)` : ""}`;
  });
}

const every = { cpu: 1, wasm: 1, webgpu: Deno.env.get("TAPEGRAD_LONG") === "true" ? 1 : 3 };

for (const [backend, oneIn] of Object.entries(every)) {
  Deno.test({
    name: `${backend} conforms in Chromium`,
    ignore: withoutBrowser,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inPage(async (page, complaints) => {
        const { description, results } = await page.evaluate(
          ([name, oneIn]) => tryBackend(name, oneIn),
          [backend, oneIn] as const,
        );
        console.log(
          `${backend} in Chromium${description ? ` on ${description}` : ""}: ${results.length} cases`,
        );
        console.log(conformanceTable(results));
        for (const line of told(results, "skipped")) console.log(`skipped ${line}`);
        assertEquals(told(results, "failed"), []);
        assertGreater(results.length, 2500 / oneIn);
        assertEquals(complaints, []);
      }),
  });
}

Deno.test({
  name: "a compiled step of training does in Chromium, on every backend, what the function does",
  ignore: withoutBrowser,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inPage(async (page, complaints) => {
      const all: number[][] = [];
      for (const backend of Object.keys(every)) {
        for (const isCompiled of [false, true]) {
          all.push(
            await page.evaluate(([name, how]) => train(name, how, 12), [backend, isCompiled] as const),
          );
        }
      }
      const [first] = all;
      for (const losses of all) losses.forEach((loss, i) => assertAlmostEquals(loss, first[i], 1e-5));
      assertGreater(first[0] - first[11], 0.01);
      assertEquals(complaints, []);
    }),
});
