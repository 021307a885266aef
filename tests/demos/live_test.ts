import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { memory } from "@tapegrad/tapegrad";
import { dotEvery, runName } from "../../demos/charts/chart.ts";
import { openPerceptron, pointsOf } from "../../demos/experiments/perceptron.ts";
import { perceptronPlan, quadraticPlan } from "../../demos/experiments/plans.ts";
import { openQuadratic, runQuadratic } from "../../demos/experiments/quadratic.ts";
import { meshAround } from "../../demos/experiments/results.ts";
import { MOST_PATHS, names, offers } from "../../demos/live/catalog.ts";
import { defaultsOf, type Fields, fromHash, readFields, toHash } from "../../demos/live/choice.ts";
import { liveDocument } from "../../demos/live/document.ts";
import { respond } from "../../demos/live/site.ts";
import { chartsOf, Walk } from "../../demos/live/walk.ts";
import { settledMemory } from "../proof/memory/collect.ts";
import { settings } from "./runs.ts";
import { permitted } from "../permitted.ts";

const test = permitted("run", "write");

const [inF32] = settings;
const manner = { backend: "", pace: "calm" };

Deno.test("steps taken in pieces lead where steps taken at once do", async () => {
  const { result } = await runQuadratic(inF32);
  const descents = openQuadratic(quadraticPlan.paths, inF32);
  const states = await descents.advance(0);
  for (const steps of [1, 2, 30, 67]) {
    (await descents.advance(steps)).forEach((more, i) => states[i].push(...more));
  }
  descents.release();
  const expected = result.runs.map(({ trace }) => trace.map(({ x, f }) => [x, f]));
  assertEquals(states, expected);
});

Deno.test("a descent keeps a fixed number of buffers while it goes on, and none after it", async () => {
  const before = (await settledMemory()).buffers;
  const data = await pointsOf();
  const descents = openPerceptron(perceptronPlan.paths, data, inF32);
  await descents.advance(3);
  const { buffers } = memory();
  await descents.advance(20);
  assertEquals(memory().buffers, buffers);
  descents.release();
  assertEquals(memory().buffers, before);
});

Deno.test("a mesh around a path that did not move is no point", () => {
  const trace = [{ w1: 1, w2: 2, b: 0.5, loss: 1 }];
  const { w1, w2, b } = meshAround([{ start: [1, 2], rate: 1, trace, correct: 0 }]);
  assert(w1[1] - w1[0] >= 1 && w2[1] - w2[0] >= 1);
  assertEquals(b, 0.5);
});

Deno.test("runs are told apart by their rates where these differ", () => {
  const [a, b] = [{ start: [0, -2], rate: 0.1 }, { start: [0, -2], rate: 0.5 }];
  assertEquals([a].map((run) => runName(run, [a])), ["(0, −2)"]);
  assertEquals([a, b].map((run) => runName(run, [a, b])), ["(0, −2) with rate 0.1", "(0, −2) with rate 0.5"]);
});

Deno.test("a path has a dot at about every sixteenth of its steps", () => {
  assertEquals([1, 15, 17, 100, 400, 1000].map(dotEvery), [1, 1, 2, 10, 50, 100]);
});

for (const name of names) {
  Deno.test(`${name}: what is planned can be run, and an address keeps it`, () => {
    const fields = defaultsOf(name, manner);
    const choice = readFields(fields);
    assert("experiment" in choice);
    assertEquals(choice.paths, offers[name].plan.paths);
    assertEquals(choice.steps, offers[name].plan.steps);
    assertEquals(fromHash(toHash(fields), defaultsOf("surface", { backend: "x", pace: "fast" })), {
      ...fields,
      backend: "x", // an address that names none leaves the choice to the page
    });
  });
}

function faultsOf(change: Partial<Fields>): Record<string, string> {
  const read = readFields({ ...defaultsOf("perceptron", manner), ...change });
  return "experiment" in read ? {} : Object.fromEntries(read);
}

Deno.test("what cannot be run is said of each field in a sentence", () => {
  const start = ["2", "2"];
  for (const steps of ["", "0", "1.5", "1e9", "many", "NaN", "Infinity"]) {
    assertEquals(faultsOf({ steps }), { steps: "Needs a whole number from 1 to 1000" });
  }
  assertMatch(faultsOf({ seed: "-1" }).seed, /whole number from 0 to 4294967295/);
  assertEquals(faultsOf({ seed: " " }), {});
  assertEquals(faultsOf({ paths: [{ start: ["", "11"], rate: "0" }] }), {
    "path-0-0": "w₁ needs a number from −10 to 10",
    "path-0-1": "w₂ needs a number from −10 to 10",
    "path-0-2": "rate needs a number from 0.0001 to 10",
  });
  assertEquals(faultsOf({ paths: [{ start, rate: "0.1" }, { start, rate: "0.10" }] }), {
    "path-1": "The same as path 1: change one of them",
  });
  assertEquals(faultsOf({ paths: [{ start, rate: "0.1" }, { start, rate: "0.2" }] }), {});
});

Deno.test("an address with nonsense in it fills the fields, and they complain", () => {
  const otherwise = defaultsOf("surface", manner);
  const path = "<b>,2@0.1";
  const fields = fromHash(
    `#experiment=teapot&paths=${Array(9).fill(path).join(";")}&steps=x&pace=__proto__`,
    otherwise,
  );
  assertEquals([fields.experiment, fields.pace, fields.steps], ["surface", "calm", "x"]);
  assertEquals(fields.paths.length, MOST_PATHS);
  const read = readFields(fields);
  assert(!("experiment" in read) && read.has("path-0-0") && read.has("steps"));
  assertEquals(fromHash("", otherwise), otherwise);
});

Deno.test("a walk stops where a number is not finite any more, and still can be drawn", () => {
  const paths = [{ start: [1], rate: 3 }, { start: [2], rate: 0.1 }];
  const walk = new Walk({ experiment: "quadratic", paths, steps: 9 }, { states: [[1, 3], [2, 6]] });
  walk.append([[[5, 27], [Infinity, Infinity], [NaN, NaN]], [[1.6, 4], [1.3, 3], [1, 3]]]);
  assertEquals([walk.done, walk.lost], [2, [0]]);
  assertEquals(walk.quadratic().runs.map(({ trace }) => trace.length), [2, 3]);
  assertEquals(chartsOf(walk).length, 2);
});

const site = new Map([["index.html", "<!doctype html>"], ["page.js", "1"], ["style.css", ""]]);

function ask(path: string, method = "GET"): Response {
  return respond({ method, url: `http://localhost:8000${path}` }, site);
}

Deno.test("files are served with their types, and nothing else is", async () => {
  const types = ["/", "/index.html?x=1", "/page.js", "/style.css"].map((path) => {
    const { status, headers } = ask(path);
    return [status, headers.get("content-type")?.replace(/;.*/, "")];
  });
  assertEquals(types, [[200, "text/html"], [200, "text/html"], [200, "text/javascript"], [200, "text/css"]]);
  assertEquals(["/deno.json", "/../main.ts", "/page.js/"].map((path) => ask(path).status), [404, 404, 404]);
  assertEquals([ask("/", "POST").status, ask("/", "HEAD").status], [405, 200]);
  assertEquals([await ask("/").text(), await ask("/", "HEAD").text()], ["<!doctype html>", ""]);
});

Deno.test("every answer has its length and forbids sniffing, and what cannot be made out is refused", () => {
  const malformed = respond({ method: "GET", url: "http://a b/" }, site);
  const answers = [ask("/"), ask("/", "HEAD"), ask("/none"), ask("/", "POST"), malformed];
  assertEquals(answers.map(({ status }) => status), [200, 200, 404, 405, 400]);
  for (const { headers } of answers) {
    assertMatch(headers.get("content-length") ?? "", /^[1-9]\d*$/);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("the document generates no code and asks for no other address", () => {
  const html = liveDocument();
  assertStringIncludes(html, "default-src 'none'; script-src 'self';");
  assertEquals(html.match(/<script[^>]*>[^<]+/g), null);
  assertEquals(html.match(/(src|href)="(?!page\.js|style\.css|data:,)[^"]*"/g), null);
  assertEquals(html.match(/unsafe-eval/g), null);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(ids.length, new Set(ids).size);
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function page(...args: readonly string[]): Promise<Ran> {
  const path = new URL("../../demos/live/main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--no-prompt", "--allow-all", path, ...args],
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

const mistakes: [args: string[], says: RegExp][] = [
  [["--port", "many"], /^error: Cannot listen on port "many": it is a whole number from 0 to 65535$/],
  [["--port", "70000"], /^error: Cannot listen on port "70000"/],
  [["--build"], /^error: Option --build needs a value: see deno task page --help$/],
  [
    ["--build", "/dev/null/page"],
    /^error: Cannot write to \/dev\/null\/page: .*name another directory with --build$/,
  ],
  [["surface"], /^error: Unknown argument "surface": see deno task page --help$/],
  [["--open"], /^error: Unknown option --open/],
];

for (const [args, says] of mistakes) {
  test(`page ${args.join(" ")} says what is wrong in one line`, async () => {
    const { code, stdout, stderr } = await page(...args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr.trimEnd(), says);
  });
}

test("page --build leaves whole files that need nothing else", async () => {
  const directory = await Deno.makeTempDir();
  const { code, stdout, stderr } = await page("--build", `${directory}/some/where`);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, `${directory}/some/where/index.html`);
  const names = [...Deno.readDirSync(`${directory}/some/where`)].map(({ name }) => name).sort();
  assertEquals(names, ["index.html", "page.js", "style.css", "worker.js"]);
  for (const script of ["page.js", "worker.js"]) {
    const text = Deno.readTextFileSync(`${directory}/some/where/${script}`);
    assertEquals(text.match(/(^|[;}])\s*import\s*["{*]/g), null, script);
  }
  await Deno.remove(directory, { recursive: true });
});

test("page --help says how to use it", async () => {
  const { code, stdout } = await page("--help");
  assertEquals(code, 0);
  for (const word of ["--build DIR", "--port N", "--host NAME", "8000"]) assertStringIncludes(stdout, word);
});
