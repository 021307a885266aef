/** The files that GitHub reads, as far as they can be tried without it. */
import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { load } from "js-yaml";
import config from "../../deno.json" with { type: "json" };
import { permitted } from "../permitted.ts";
import { root } from "./packages.ts";

const test = permitted("read");

async function readYaml<T>(path: string): Promise<T> {
  return load(await Deno.readTextFile(new URL(`.github/${path}`, root))) as T;
}

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

interface Job {
  readonly "runs-on": string;
  readonly needs?: string;
  readonly "timeout-minutes": number;
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

test("the workflow runs what CI runs, and tasks that there are", async () => {
  const { jobs, permissions } = await readYaml<Workflow>("workflows/ci.yml"), names = Object.keys(jobs);
  assertEquals(permissions, { contents: "read" });
  const lines = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run));
  assertArrayIncludes(lines, [".ci/run"]);
  const tasks = lines.flatMap((line) => /\btask (\S+)/.exec(line)?.[1] ?? []);
  assertEquals(tasks.filter((task) => !(task in config.tasks)), []);
  for (const { steps, needs, ...job } of Object.values(jobs)) {
    assert(needs === undefined || names.includes(needs));
    assert(job["runs-on"] && job["timeout-minutes"] > 0);
    for (const { run, uses } of steps) assert((run === undefined) !== (uses === undefined));
  }
});

test("each system and runtime of the workflow has what its steps ask for", async () => {
  const { jobs: { runtimes } } = await readYaml<Workflow>("workflows/ci.yml");
  const { include, system, runtime } = runtimes.strategy!.matrix;
  const more = include as readonly Readonly<Record<string, unknown>>[];
  for (const one of system) {
    assertEquals(more.filter((each) => each.system === one && typeof each.untried === "boolean").length, 1);
  }
  for (const one of runtime) {
    assertEquals(more.filter((each) => each.runtime === one && each.node && each.command).length, 1);
  }
  const asked = [...JSON.stringify(runtimes).matchAll(/matrix\.(\w+)/g)].map(([, name]) => name);
  const known = [...more, { system, runtime }].flatMap((each) => Object.keys(each));
  assertEquals(asked.filter((name) => !known.includes(name)), []);
});

interface Field {
  readonly type: string;
  readonly id: string;
  readonly attributes: { readonly label: string; readonly options?: readonly string[] };
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly Field[];
}

for (const name of ["bug", "missing", "slow"]) {
  test(`the form for issues ${name}.yml has a name, and fields with a label each`, async () => {
    const { body, ...form } = await readYaml<Form>(`ISSUE_TEMPLATE/${name}.yml`);
    assert(form.name && form.description && body.length > 1);
    assertEquals(new Set(body.map(({ id }) => id)).size, body.length);
    for (const { type, attributes } of body) {
      assertArrayIncludes(["textarea", "input", "dropdown"], [type]);
      assert(attributes.label);
      assertEquals(type === "dropdown", attributes.options !== undefined);
    }
  });
}
