import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { dark, light } from "../../demos/charts/theme.ts";
import { main } from "../../demos/main.ts";
import { launch, withoutBrowser } from "./chromium.ts";

interface Gallery {
  readonly page: Page;
  readonly directory: string;
  /** Errors and warnings on the console, uncaught errors, and requests for anything but the page itself. */
  readonly complaints: string[];
}

let made: Promise<{ directory: string; browser: Browser }> | undefined;

async function make(): Promise<{ directory: string; browser: Browser }> {
  const directory = await Deno.makeTempDir();
  assertEquals(await main(["--quiet", "--out", directory]), 0);
  return { directory, browser: await launch() };
}

async function open(options: BrowserContextOptions = {}): Promise<Gallery> {
  made ??= make();
  const { directory, browser } = await made;
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options });
  const page = await context.newPage();
  const address = `file://${directory}/index.html`;
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  await page.goto(address);
  await page.waitForSelector("html[data-drawn]");
  return { page, directory, complaints };
}

function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: withoutBrowser, sanitizeOps: false, sanitizeResources: false });
}

interface Specification {
  readonly title: { readonly text: string };
  readonly description: string;
  readonly datasets: Readonly<Record<string, readonly unknown[]>>;
}

function specification(directory: string, chart: string): Specification {
  return JSON.parse(Deno.readTextFileSync(`${directory}/${chart}.vl.json`));
}

/** How many marks of a kind a chart has drawn, without those of its legends and axes. */
function count({ page }: Gallery, chart: string, mark: "line" | "symbol" | "rule" | "text"): Promise<number> {
  const elements = mark === "text" ? "text" : mark === "rule" ? "line" : "path";
  return page.locator(`#chart-${chart} .mark-${mark}.role-mark ${elements}`).count();
}

async function marks(
  gallery: Gallery,
  chart: string,
): Promise<Record<"lines" | "symbols" | "rules", number>> {
  const [lines, symbols, rules] = await Promise.all([
    count(gallery, chart, "line"),
    count(gallery, chart, "symbol"),
    count(gallery, chart, "rule"),
  ]);
  return { lines, symbols, rules };
}

function rectangles({ page }: Gallery, chart: string): Promise<number> {
  return page.locator(`#chart-${chart} .mark-rect.role-mark path`).count();
}

browserTest("the gallery draws every mark of every chart", async () => {
  const gallery = await open();
  const size = (chart: string, table: string): number =>
    specification(gallery.directory, chart).datasets[table].length;
  // Three curves and a tangent; a rule at 10 in each panel beside those that the pointer finds.
  assertEquals(await marks(gallery, "gradient"), {
    lines: 4,
    symbols: 3,
    rules: 3 + 3 * size("gradient", "curve"),
  });
  // Twelve boxes, and an arrow from each to those that read it.
  assertEquals(size("gradient_program", "nodes"), 12);
  const arrows = size("gradient_program", "arrows");
  assertEquals(await marks(gallery, "gradient_program"), { lines: arrows, symbols: arrows, rules: 0 });
  assertEquals(await marks(gallery, "quadratic_paths"), { lines: 3, symbols: 202, rules: 0 });
  assertEquals(await marks(gallery, "quadratic_distance"), { lines: 2, symbols: 202, rules: 0 });
  for (const [chart, dots] of [["surface", 4 * 16], ["perceptron_surface", 4 * 9]] as const) {
    assertEquals(size(chart, "dots"), dots);
    assertGreater(size(chart, "arrows"), 4);
    assertEquals(await marks(gallery, chart), {
      lines: size(chart, "bands") + 8,
      symbols: dots + size(chart, "arrows"),
      rules: 0,
    });
  }
  assertEquals(await marks(gallery, "perceptron_data"), { lines: 0, symbols: 100, rules: 0 });
  assertEquals(await marks(gallery, "perceptron_boundaries"), { lines: 0, symbols: 100, rules: 4 });
  assertEquals(await marks(gallery, "perceptron_loss"), { lines: 4, symbols: 0, rules: 0 });
  assertEquals(await rectangles(gallery, "digits_confusion"), 100);
  assertEquals(await rectangles(gallery, "digits_filters"), 16 * 9);
  assertEquals(await rectangles(gallery, "digits_misread"), size("digits_misread", "captions") * 64);
  assertEquals(gallery.complaints, []);
});

browserTest("each experiment has its formula, its output and links to files that are there", async () => {
  const { page, directory } = await open();
  assertEquals(await page.locator("main section").count(), 5);
  assertEquals(await page.locator("section > math").count(), 7);
  const printed = await page.locator("section > pre").allTextContents();
  assertStringIncludes(printed[1], "epoch 25: x = -0.009, f(x) =  2.000");
  assertStringIncludes(printed[2], "x =  1.037, y =  1.426, f(x, y) =  0.686");
  const links = await page.locator("figcaption a").evaluateAll((all) =>
    all.map((a) => a.getAttribute("href")!)
  );
  assertEquals(links.length, 26);
  for (const link of links) assertGreater(Deno.statSync(`${directory}/${link}`).size, 1000);
  for (const link of links.filter((link) => link.endsWith(".svg"))) {
    assertStringIncludes(Deno.readTextFileSync(`${directory}/${link}`), 'role="img"><title>');
  }
});

browserTest("charts have their titles, and no text sticks out of its chart", async () => {
  for (const viewport of [{ width: 1000, height: 900 }, { width: 375, height: 800 }]) {
    const { page, directory } = await open({ viewport });
    for (const chart of await page.locator(".chart").all()) {
      const { title, description } = specification(
        directory,
        (await chart.getAttribute("id"))!.slice("chart-".length),
      );
      assertEquals(await chart.getAttribute("aria-label"), description);
      const texts = await chart.locator("text").allTextContents();
      assert(texts.includes(title.text), `${title.text} is not among ${texts}`);
      const sticksOut = await chart.evaluate((element) => {
        const frame = element.getBoundingClientRect();
        return [...element.querySelectorAll("text")].filter((text) => {
          const { left, right, width } = text.getBoundingClientRect();
          return width > 0 && !text.closest("[clip-path]") &&
            (left < frame.left - 1 || right > frame.right + 1);
        }).map((text) => text.textContent);
      });
      assertEquals(sticksOut, [], `${title.text} at ${viewport.width}`);
    }
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  }
});

browserTest("beside each chart stands the program of its experiment", async () => {
  for (const width of [1280, 1920]) {
    const { page } = await open({ viewport: { width, height: 800 } });
    assertEquals(await page.locator(".chart").count(), 13);
    const seen = await page.locator(".chart").evaluateAll((charts) =>
      charts.map((chart) => {
        chart.scrollIntoView({ block: "center", behavior: "instant" });
        const program = chart.closest("section")!.querySelector(".source pre")!;
        const { top, bottom, right } = program.getBoundingClientRect();
        return {
          chart: chart.id,
          text: program.textContent!,
          beside: right < chart.getBoundingClientRect().left,
          height: Math.min(bottom, innerHeight) - Math.max(top, 0),
        };
      })
    );
    for (const { chart, text, beside, height } of seen) {
      assertMatch(text, /export (async )?function run/);
      assert(beside && height > 200, `${chart} at ${width}: ${height} pixels of its program are seen`);
    }
  }
});

browserTest("on a phone the programs are folded until they are asked for", async () => {
  const { page } = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  const programs = page.locator(".source pre");
  assertEquals(await programs.count(), 5);
  for (const program of await programs.all()) assertEquals(await program.isVisible(), false);
  await page.locator(".source summary").first().tap();
  assert(await programs.first().isVisible());
  await page.locator(".source summary").nth(1).press("Enter");
  assert(await programs.nth(1).isVisible());
  await page.setViewportSize({ width: 1280, height: 844 });
  await page.waitForFunction(() => document.querySelectorAll(".source[open]").length === 5);
});

browserTest("what is wider than its frame says that it scrolls, and nothing else does", async () => {
  for (const width of [320, 390, 768, 1280, 1920]) {
    const { page } = await open({ viewport: { width, height: 844 } });
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), width);
    const cut = await page.locator("math, .chart").evaluateAll((all) =>
      all.flatMap((one) => one.scrollWidth > one.clientWidth + 1 ? [`${one.tagName} ${one.id}`] : [])
    );
    assertEquals(cut, [], `${width}`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => details.open = true));
    await page.waitForTimeout(100);
    const frames = await page.locator("pre").evaluateAll((all) =>
      all.map((pre) => {
        const hint = getComputedStyle(pre, "::before");
        return {
          printed: pre.parentElement!.tagName === "SECTION",
          scrolls: pre.scrollWidth > pre.clientWidth,
          says: hint.content,
          shaded: getComputedStyle(pre).backgroundImage !== "none",
        };
      })
    );
    assertEquals(
      frames.filter(({ printed }) => printed).some(({ scrolls }) => scrolls),
      width < 768,
      `${width}`,
    );
    for (const { scrolls, says, shaded } of frames) {
      assertEquals([says, shaded], scrolls ? ['"scrolls sideways →"', true] : ["none", false], `${width}`);
    }
  }
});

browserTest("the two classes of points have two colours of the theme, in light and in dark", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await open({ colorScheme });
    const { ordinal } = (colorScheme === "light" ? light : dark).range as Record<string, string[]>;
    for (const chart of ["perceptron_data", "perceptron_boundaries"]) {
      const fills = await page.locator(`#chart-${chart} .mark-symbol.role-mark path`).evaluateAll((all) =>
        all.map((point) => point.getAttribute("fill")!)
      );
      assertEquals(fills.length, 100);
      assertEquals([...new Set(fills)].sort(), ordinal.toSorted());
    }
  }
});

browserTest("a pointer over a dot shows its numbers", async () => {
  const { page, complaints } = await open();
  await page.locator("#chart-surface .mark-symbol.role-mark path").first().hover();
  const tooltip = page.locator("#vg-tooltip-element.visible");
  await tooltip.waitFor();
  const text = await tooltip.textContent();
  for (const word of ["start", "(0.5, 1.8)", "steps taken", "f(x, y)"]) assertStringIncludes(text!, word);
  assertEquals(complaints, []);
});

browserTest("keys and dragging zoom and pan, and 0 goes back", async () => {
  const { page, complaints } = await open();
  const labels = async (chart: string) =>
    (await page.locator(`#chart-${chart} .role-axis-label text`).allTextContents()).sort();
  for (const chart of ["surface", "gradient", "quadratic_distance", "perceptron_loss"]) {
    const before = await labels(chart);
    for (const key of ["+", "ArrowRight"]) {
      const unmoved = await labels(chart);
      for (let i = 0; i < 4; i++) await page.locator(`#chart-${chart}`).press(key);
      assertNotEquals(await labels(chart), unmoved, `${key} on ${chart}`);
    }
    await page.locator(`#chart-${chart}`).press("0");
    assertEquals(await labels(chart), before);
  }
  const before = await labels("surface");
  const plot = page.locator("#chart-surface svg");
  await plot.scrollIntoViewIfNeeded();
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + 200, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 330, box.y + 280, { steps: 5 });
  await page.mouse.up();
  assertNotEquals(await labels("surface"), before);
  assertEquals(complaints, []);
});

browserTest("the page and its charts follow the reader's theme", async () => {
  const { page, complaints } = await open({ colorScheme: "dark" });
  const backgrounds = () =>
    page.locator(".chart svg").evaluateAll((charts) =>
      charts.map((chart) => getComputedStyle(chart).backgroundColor)
    );
  assertEquals(new Set(await backgrounds()), new Set(["rgb(22, 25, 30)"]));
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".chart svg")].every((chart) =>
      getComputedStyle(chart).backgroundColor === "rgb(255, 255, 255)"
    )
  );
  assertEquals(complaints, []);
});

browserTest("a gallery of one experiment needs no list of them", async () => {
  const { browser } = await made!;
  const directory = await Deno.makeTempDir();
  assertEquals(await main(["surface", "--quiet", "--out", directory]), 0);
  const page = await browser.newPage();
  await page.goto(`file://${directory}/index.html`);
  await page.waitForSelector("html[data-drawn]");
  assertEquals(await page.locator(".chart svg").count(), 1);
  assertEquals(await page.locator("nav").count(), 0);
  await Deno.remove(directory, { recursive: true });
});

browserTest("the browser and the gallery are put away", async () => {
  const { browser, directory } = await made!;
  await browser.close();
  await Deno.remove(directory, { recursive: true });
});
