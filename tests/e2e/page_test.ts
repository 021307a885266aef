import { assert, assertEquals, assertGreater, assertLess, assertMatch, assertNotEquals } from "@std/assert";
import { assertStringIncludes } from "@std/assert";
import { backends } from "@tapegrad/tapegrad";
import traces from "../proof/reference/experiments.json" with { type: "text" };
import { withoutBrowser } from "./chromium.ts";
import { close, ended, numbers, open, putAway, run, text } from "./live_page.ts";

type Column = readonly number[];
type Trace<Names extends string> = { readonly f32: { readonly [name in Names]: Column } };

interface Reference {
  readonly gradient: { readonly f32: { readonly f: number; readonly df: number; readonly d2f: number } };
  readonly quadratic: readonly Trace<"x_after">[];
  readonly surface: readonly (Trace<"x_after" | "y_after"> & { readonly f32: { readonly f_end: number } })[];
  readonly perceptron:
    readonly (Trace<"w0_after" | "w1_after" | "b_after"> & { readonly f32: { readonly loss_end: number } })[];
}

const { gradient, quadratic, surface, perceptron }: Reference = JSON.parse(traces);

const last = (column: Column): number => column[column.length - 1];

/** Where PyTorch ends in f32: the rows of the table, as far as PyTorch has them. */
const documented: Readonly<Record<string, readonly (readonly number[])[]>> = {
  gradient: [
    [gradient.f32.f],
    [gradient.f32.df],
    [gradient.f32.df],
    [gradient.f32.df],
    [gradient.f32.d2f],
  ],
  quadratic: quadratic.map(({ f32 }) => [last(f32.x_after), 2]),
  surface: surface.map(({ f32 }) => [last(f32.x_after), last(f32.y_after), f32.f_end]),
  perceptron: perceptron.map(({ f32 }) => [
    last(f32.w0_after),
    last(f32.w1_after),
    last(f32.b_after),
    f32.loss_end,
  ]),
};

function assertNumbers(actual: readonly Column[], expected: readonly Column[], tolerance: number): void {
  assertEquals(actual.map((row) => row.length), expected.map((row) => row.length));
  actual.forEach((row, i) =>
    row.forEach((value, k) => {
      assert(Math.abs(value - expected[i][k]) <= tolerance, `row ${i}: ${row}, not ${expected[i]}`);
    })
  );
}

function browserTest(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({ name, fn, ignore: ignore || withoutBrowser, sanitizeOps: false, sanitizeResources: false });
}

const hasWebGpu = backends().includes("webgpu");
if (!hasWebGpu) console.log("Skipping the page on webgpu: there is no such backend");

for (const backend of ["cpu", "wasm", "webgpu"]) {
  for (const [experiment, expected] of Object.entries(documented)) {
    browserTest(`${experiment} ends at the documented numbers on ${backend}`, async () => {
      const live = await open({ hash: `experiment=${experiment}&backend=${backend}&pace=fast` });
      assertEquals(await run(live), "done", await text(live, "#status"));
      assertMatch(await text(live, "#device"), new RegExp(`^Runs on ${backend}, .+, in f32\\.$`));
      // The gradient's own scale is a thousandth.
      assertNumbers(await numbers(live), expected, experiment === "gradient" ? 2e-7 : 1e-4);
      await close(live);
    }, backend === "webgpu" && !hasWebGpu);
  }
}

browserTest(
  "the page runs on wasm where nothing else is asked for, and offers the others by name",
  async () => {
    const live = await open();
    assertMatch(await text(live, "#device"), /^Runs on wasm, .+, in f32\.$/);
    assertEquals(await live.page.locator("#backend option").allTextContents(), ["wasm", "webgpu", "cpu"]);
    await close(live);
  },
  !hasWebGpu,
);

browserTest("where a policy forbids WebAssembly the page says so and runs in TypeScript", async () => {
  const live = await open({ workerPolicy: "default-src 'none'; script-src 'self'" });
  const said = "Runs on cpu: this browser runs no WebAssembly here (plain TypeScript, in f32).";
  assertEquals(await text(live, "#device"), said);
  assertEquals(await live.page.locator("#backend").inputValue(), "cpu");
  await live.page.context().close(); // the browser complains of what was tried
});

browserTest("without WebGPU the page says so to a visitor, and the selector says what runs", async () => {
  const live = await open({ hash: "experiment=surface&backend=webgpu&pace=fast", webgpu: false });
  const { page } = live;
  const selected = () => page.locator("#backend").inputValue();
  await page.waitForSelector("#device.fallback");
  for (const ended of ["ready", await run(live)]) {
    assertMatch(
      await text(live, "#device"),
      /^Runs on wasm: this browser offers no WebGPU \(.+, in f32\)\.$/,
    );
    assertEquals(await selected(), "wasm");
    assertNotEquals(ended, "failed");
  }
  assertEquals(await page.locator("#backend option:disabled").allTextContents(), [
    "webgpu, not offered here",
  ]);
  assertNumbers(await numbers(live), documented.surface, 1e-4);
  for (const backend of ["webgpu", "abacus"]) {
    await page.evaluate((backend) => location.hash = `#experiment=surface&backend=${backend}`, backend);
    await page.waitForSelector("main[data-state=ready]");
    assertEquals(await selected(), "wasm");
  }
  await close(live);
}, !hasWebGpu);

browserTest("over plain http from another machine the page says what WebGPU asks for", async () => {
  const { page } = await open({ hash: "experiment=surface&backend=webgpu", host: "lan.test" });
  const why = "browsers offer WebGPU only to pages that come over https or from localhost";
  assertStringIncludes(await page.locator("#device").textContent() ?? "", `Runs on wasm: ${why} (`);
  assertEquals(await page.locator("#backend").inputValue(), "wasm");
  await page.context().close(); // the browser complains of isolation that it does not give such pages
}, !hasWebGpu);

browserTest("an address that names another backend changes what is said to run", async () => {
  const live = await open({ hash: "experiment=surface&backend=cpu" });
  const { page } = live;
  await page.evaluate(() => location.hash = "#experiment=surface&backend=webgpu");
  await page.waitForFunction(() => /^Runs on webgpu, /.test(document.querySelector("#device")!.textContent!));
  assertEquals(await page.locator("#backend").inputValue(), "webgpu");
  await close(live);
}, !hasWebGpu);

browserTest("a run moves the marks of a chart that stays, in a tab that answers", async () => {
  const live = await open({ hash: "experiment=surface&backend=cpu&pace=calm" });
  const { page } = live;
  const marks = () => page.locator("#charts .mark-symbol.role-mark path").count();
  const before = await marks();
  await page.locator("#charts svg").evaluate((svg) => svg.setAttribute("data-mine", ""));
  await page.click("#run");
  await page.waitForFunction(() => document.querySelector<HTMLProgressElement>("#progress")!.value >= 4);
  assertEquals(await page.locator("main").getAttribute("data-state"), "running");
  assertGreater(await marks(), before + 8);
  assertEquals(await page.locator("#charts svg[data-mine]").count(), 1);
  assertEquals(await ended(live), "done");
  assertEquals(await page.locator("#charts svg[data-mine]").count(), 1);
  await close(live);
});

browserTest("a first step is seen within a second", async () => {
  const live = await open({ hash: "backend=cpu&pace=calm" });
  const took = await live.page.evaluate(async () => {
    const start = performance.now();
    document.querySelector<HTMLElement>("#run")!.click();
    while (document.querySelector<HTMLProgressElement>("#progress")!.value < 1) {
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - start;
  });
  assertLess(took, 1000);
  await close(live);
});

for (const backend of ["cpu", "wasm", ...hasWebGpu ? ["webgpu"] : []]) {
  browserTest(`a run on ${backend} is stopped, and another one started`, async () => {
    const live = await open({ hash: `backend=${backend}&pace=slow&steps=1000` });
    const { page } = live;
    const progressed = () =>
      page.waitForFunction(() => document.querySelector<HTMLProgressElement>("#progress")!.value > 20);
    await page.click("#run");
    await progressed();
    await page.click("#stop");
    assertEquals(await ended(live), "stopped");
    assertMatch(await text(live, "#status"), /^Stopped after \d+ of 1000 steps\.$/);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "run");
    const stopped = await numbers(live);
    await page.waitForTimeout(300);
    assertEquals(await numbers(live), stopped);
    await page.click("#run");
    await progressed();
    await page.keyboard.press("Escape");
    assertEquals(await ended(live), "stopped");
    await page.fill("#steps", "400");
    await page.selectOption("#pace", "fast");
    assertEquals(await run(live), "done");
    assertNumbers(await numbers(live), documented.perceptron, 1e-4);
    await close(live);
  });
}

browserTest("the keyboard alone chooses, changes, runs and stops", async () => {
  const live = await open({ hash: "experiment=quadratic&backend=cpu&pace=slow" });
  const { page } = live;
  const focused = () =>
    page.evaluate(() => {
      const { id, tagName, ariaLabel } = document.activeElement as HTMLElement;
      const name = document.activeElement!.getAttribute("value");
      return id || ariaLabel || name || tagName;
    });
  const order: string[] = [];
  while (order.at(-1) !== "defaults") {
    await page.keyboard.press("Tab");
    order.push(await focused());
    assertLess(order.length, 30, order.join());
  }
  const path = (i: number) => [`Path ${i}, x`, `Path ${i}, learning rate`, `Remove path ${i}`];
  assertEquals(order, [
    "quadratic",
    ...path(1),
    ...path(2),
    "add",
    "steps",
    "pace",
    "backend",
    "run",
    "defaults",
  ]);
  const ringed = await page.locator("#defaults").evaluate((button) => getComputedStyle(button).outlineStyle);
  assertEquals(ringed, "solid");
  await page.locator("[value=quadratic]").focus();
  await page.keyboard.press("ArrowDown");
  assertEquals(await focused(), "surface");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("1.5");
  await page.keyboard.press("Enter");
  await page.waitForSelector("main[data-state=running]");
  await page.keyboard.press("Escape");
  assertEquals(await ended(live), "stopped");
  assertStringIncludes(page.url(), "paths=1.5,1.8@0.3;-2,-2@0.3");
  await close(live);
});

browserTest("what was entered before a run or during it does not undo how it ended", async () => {
  const live = await open({ hash: "experiment=surface&backend=cpu&pace=slow" });
  const { page } = live;
  const endsAs = async (state: string, sentence: RegExp) => {
    await page.waitForTimeout(400); // longer than a preview waits
    assertEquals(await page.locator("main").getAttribute("data-state"), state);
    assertMatch(await text(live, "#status"), sentence);
  };
  const enter = async (value: string, ...keys: string[]) => {
    await page.locator("[name=path-1-0]").focus();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(value);
    for (const key of keys) await page.keyboard.press(key);
  };
  await enter("1.5", "Enter", "Escape");
  await endsAs("stopped", /^Stopped/);
  await page.click("#run");
  await page.waitForFunction(() => document.querySelector<HTMLProgressElement>("#progress")!.value > 2);
  await enter("1.25", "Escape");
  await endsAs("stopped", /^Stopped after \d+ of 15 steps\.$/);
  await page.click("#run");
  await enter("99", "Enter");
  await endsAs("running", /^Running\.$/);
  await page.click("#stop");
  await endsAs("stopped", /^Stopped/);
  await enter("1");
  await endsAs("ready", /^Ready to run\.$/);
  await close(live);
});

browserTest("faults that are found while a preview is computed are not talked over by it", async () => {
  const live = await open({ hash: "experiment=perceptron&backend=cpu&pace=fast" });
  const { page } = live;
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("#defaults")!.click();
    const field = document.querySelector<HTMLInputElement>("[name=path-1-0]")!;
    field.value = "99";
    document.querySelector<HTMLElement>("#run")!.click();
  });
  await page.waitForTimeout(600);
  assertEquals(await text(live, "#status"), "Some settings need attention first.");
  await close(live);
});

browserTest("every control has a name, and what happens is said aloud", async () => {
  for (const experiment of Object.keys(documented)) {
    const live = await open({ hash: `experiment=${experiment}&backend=cpu&pace=fast` });
    const controls = live.page.locator(":is(input, select, button):visible");
    const unnamed = await controls.evaluateAll((all) =>
      (all as (HTMLInputElement | HTMLButtonElement)[])
        .filter((one) => !one.ariaLabel && !one.labels?.[0]?.textContent && !one.textContent?.trim())
        .map((one) => one.outerHTML)
    );
    assertEquals(unnamed, []);
    await run(live);
    assertMatch(await text(live, "[role=status]"), /^Done/);
    const charts = await live.page.locator(".chart").evaluateAll((all) =>
      all.map((chart) => chart.ariaLabel ?? "")
    );
    assert(charts.every((label) => label.length > 50), charts.join());
    await close(live);
  }
});

browserTest("what cannot be run is said beside its field, and runs nothing", async () => {
  const live = await open({ hash: "experiment=surface&backend=cpu&pace=fast" });
  const { page } = live;
  await page.fill("[name=path-1-0]", "99");
  await page.fill("[name=path-2-1]", "");
  await page.fill("#steps", "100000000");
  await page.click("#run");
  const said = await page.locator(".fault:not(:empty)").allTextContents();
  assertEquals(said, [
    "x needs a number from −3 to 3.",
    "y needs a number from −3 to 3.",
    "Needs a whole number from 1 to 1000.",
  ]);
  assertEquals(await page.evaluate(() => (document.activeElement as HTMLInputElement).name), "path-1-0");
  assertEquals(await page.locator("[aria-invalid=true]").count(), 3);
  assertEquals(await page.locator("main").getAttribute("data-state"), "ready");
  await page.click("#defaults");
  assertEquals(await page.locator(".fault:not(:empty)").count(), 0);
  assertEquals(await run(live), "done");
  assertNumbers(await numbers(live), documented.surface, 1e-4);
  await close(live);
});

browserTest("a run that diverges stops and says so", async () => {
  const live = await open({ hash: "experiment=quadratic&paths=-3@0.1;1@5&steps=900&backend=cpu&pace=fast" });
  assertEquals(await run(live), "failed");
  assertMatch(
    await text(live, "#status"),
    /^Diverged after \d\d steps, on path 2 with rate 5: try a smaller rate\.$/,
  );
  const [steady, lost] = await numbers(live);
  assert(Math.abs(steady[1] - 2) < 0.1 && !Number.isFinite(lost[1]), `${steady} ${lost}`);
  await close(live);
});

browserTest("a link repeats a run", async () => {
  const live = await open({ hash: "experiment=perceptron&backend=cpu&pace=fast" });
  const { page } = live;
  await page.fill("#seed", "7");
  await page.fill("#steps", "60");
  await page.click("[aria-label='Remove path 2']");
  await page.fill("[name=path-1-2]", "0.35");
  assertEquals(await run(live), "done");
  const hash = new URL(page.url()).hash.slice(1);
  assertEquals(
    hash,
    "experiment=perceptron&paths=2,2@0.1;-2,2@0.35;-2,-2@0.1&steps=60&seed=7&backend=cpu&pace=fast",
  );
  const again = await open({ hash });
  assertEquals(await run(again), "done");
  assertEquals(await numbers(again), await numbers(live));
  assertEquals((await numbers(again)).length, 3);
  await close(again);
  await close(live);
});

browserTest("the page is isolated, as threads ask for, and its worker may generate code", async () => {
  const live = await open({ hash: "backend=cpu" });
  assert(await live.page.evaluate(() => crossOriginIsolated));
  const [worker] = live.page.workers();
  assertEquals(await worker.evaluate(() => new Function("return crossOriginIsolated")()), true);
  await close(live);
});

const touching = { isMobile: true, hasTouch: true } as const;

/** The screens that a visitor may have, the small ones of both kinds first. */
const screens = [
  { viewport: { width: 320, height: 568 }, ...touching },
  { viewport: { width: 360, height: 740 }, ...touching },
  { viewport: { width: 390, height: 844 }, ...touching },
  { viewport: { width: 844, height: 390 }, ...touching },
  { viewport: { width: 768, height: 1024 }, ...touching },
  { viewport: { width: 1024, height: 700 } },
  { viewport: { width: 1280, height: 720 } },
  { viewport: { width: 1280, height: 800 } },
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 1920, height: 1080 } },
];

for (const screen of screens) {
  const { width, height } = screen.viewport;
  browserTest(`Run is on the first screen of ${width} × ${height}, and nothing sticks out`, async () => {
    const live = await open({ hash: "backend=cpu", ...screen });
    const { page } = live;
    for (const experiment of Object.keys(documented)) {
      await page.locator(`[value=${experiment}]`).check({ force: true });
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForSelector(`[data-about=${experiment}]:visible`);
      const box = (await page.locator("#run").boundingBox())!;
      assert(
        box.y > 0 && box.y + box.height <= height && box.height >= 40,
        `${experiment}: ${JSON.stringify(box)}`,
      );
      const hit = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.id, {
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
      });
      assertEquals(hit, "run", experiment);
      assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), width, experiment);
      await page.waitForSelector("#charts svg");
      const { least, cut } = await page.evaluate(() => ({
        least: document.querySelector("#charts .chart")!.clientWidth / innerWidth,
        cut: [...document.querySelectorAll("math, .chart, .scroll")].flatMap((one) =>
          one.scrollWidth > one.clientWidth + 1 ? [`${one.tagName} ${one.className}`] : []
        ),
      }));
      assertEquals(cut, [], `${experiment} at ${width}`);
      assertGreater(least, 0.3, `${experiment}: its first chart has no room`);
    }
    await close(live);
  });
}

browserTest("what has the keyboard is never behind the buttons that stay in view", async () => {
  for (const [width, height] of [[1280, 720], [600, 500]]) {
    const still = { viewport: { width, height }, reducedMotion: "reduce" } as const; // no scroll takes time
    const live = await open({ hash: "experiment=perceptron&backend=cpu", ...still });
    const { page } = live;
    for (let last = ""; last !== "defaults";) {
      await page.keyboard.press("Tab");
      const [name, shown] = await page.evaluate(() => {
        const active = document.activeElement as HTMLInputElement;
        const { left, right, top, bottom } = active.getBoundingClientRect();
        const there = document.elementFromPoint((left + right) / 2, bottom - 2);
        const shown = top >= 0 && bottom <= innerHeight && active.parentElement!.contains(there);
        return [active.id || active.name, shown] as const;
      });
      assert(shown, `${name} at ${width} × ${height}`);
      last = name;
    }
    await close(live);
  }
});

browserTest("on a phone a run and its numbers fit", async () => {
  for (const experiment of Object.keys(documented)) {
    for (const screen of screens.slice(0, 2)) {
      const live = await open({ hash: `experiment=${experiment}&backend=cpu&pace=fast`, ...screen });
      const { width } = screen.viewport;
      assertEquals(await run(live), "done");
      assertEquals(await live.page.evaluate(() => document.documentElement.scrollWidth), width, experiment);
      const table = await live.page.locator(".scroll").evaluate((frame) =>
        frame.scrollWidth - frame.clientWidth
      );
      assertEquals(table, 0, `${experiment}: the table sticks out at ${width}`);
      await close(live);
    }
  }
});

browserTest("the page and its charts follow the reader's theme", async () => {
  const live = await open({ hash: "backend=cpu", colorScheme: "dark" });
  const paper = () =>
    live.page.evaluate(() =>
      [document.body, ...document.querySelectorAll(".chart svg")].map((one) =>
        getComputedStyle(one).backgroundColor
      )
    );
  assertEquals(new Set(await paper()), new Set(["rgb(15, 17, 20)", "rgb(22, 25, 30)"]));
  await live.page.emulateMedia({ colorScheme: "light" });
  await live.page.waitForFunction(() =>
    [...document.querySelectorAll(".chart svg")].every((one) =>
      getComputedStyle(one).backgroundColor === "rgb(255, 255, 255)"
    )
  );
  await close(live);
});

browserTest("for a reader who wants no motion nothing moves: the end is shown", async () => {
  const live = await open({ hash: "experiment=surface&backend=cpu", reducedMotion: "reduce" });
  const { page } = live;
  assertEquals(await page.locator("#pace").inputValue(), "fast");
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    const table = document.querySelector("#numbers")!;
    new MutationObserver(() => seen.push(table.querySelector("caption")!.textContent!))
      .observe(table, { childList: true });
  });
  assertEquals(await run(live), "done");
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
  assertEquals(seen, ["After 0 of 15 steps", "After 15 of 15 steps"]);
  await close(live);
});

browserTest("the browsers and the server are put away", putAway);
