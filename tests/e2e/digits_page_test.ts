/** The page, where a network learns to read digits in it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withoutBrowser } from "./chromium.ts";
import { close, ended, type Live, numbers, open, putAway, run, text } from "./live_page.ts";

function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: withoutBrowser, sanitizeOps: false, sanitizeResources: false });
}

/** How many images of digits, cells and filters are drawn. */
function drawn({ page }: Live): Promise<number> {
  return page.locator("#charts .mark-rect.role-mark path").count();
}

browserTest("digits are learned in the page, epoch by epoch, and a seed learns the same again", async () => {
  const live = await open({ hash: "experiment=digits&steps=2&seed=3&backend=wasm" });
  const { page } = live, begun: string[] = [];
  page.on("request", (request) => request.url().startsWith("blob:") && begun.push(request.url()));
  assertEquals(await page.locator("#steps-field label").textContent(), "Epochs");
  assertEquals(
    await page.locator("#paths, #pace-field").evaluateAll((all) => all.map((x) => x.checkVisibility())),
    [
      false,
      false,
    ],
  );
  // Before anything is learned a tenth is right by chance.
  const [[before]] = await numbers(live);
  assert(before < 0.35, `${before}`);
  assertEquals(await run(live), "done", await text(live, "#status"));
  assertMatch(await text(live, "#status"), /^Done: 2 epochs, computed in /);
  const found = await numbers(live), [[loss], [right]] = found;
  assert(right > 0.85 && loss < 1, `${right} read right, loss ${loss}`);
  assertEquals(await page.locator("#charts figure").count(), 4);
  assert(await drawn(live) >= 100 + 16 * 9);
  assertEquals(await run(live), "done");
  assertEquals(await numbers(live), found);
  assert(begun.length > 0 || navigator.hardwareConcurrency === 1, "there is no thread beside the worker");
  await close(live);
});

browserTest("learning can be stopped, and another experiment takes its place", async () => {
  const live = await open({ hash: "experiment=digits&steps=50&backend=wasm" });
  await live.page.click("#run");
  await live.page.waitForFunction(() =>
    document.querySelector("#numbers caption")!.textContent!.startsWith("After 1 ")
  );
  await live.page.click("#stop");
  assertEquals(await ended(live), "stopped");
  assertMatch(await text(live, "#status"), /^Stopped after \d+ of 50 epochs\.$/);
  await live.page.locator("input[name=experiment][value=surface]").check({ force: true });
  await live.page.waitForSelector("main[data-state=ready]");
  assertEquals(await run(live), "done");
  await close(live);
});

browserTest("the browser is put away after the digits", putAway);
