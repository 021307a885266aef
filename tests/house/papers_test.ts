/** What stands beside the sources: the documents of each package, and the version that they are about. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { permitted } from "../permitted.ts";
import { packages, root } from "./packages.ts";

const test = permitted("read");
const read = (path: string): Promise<string> => Deno.readTextFile(new URL(path, root));

interface Config {
  readonly version: string;
  readonly publish: { readonly include: readonly string[] };
}

for (const { name, folder, entries } of packages) {
  test(`${name} is published with a README that has each of its entry points`, async () => {
    const { publish }: Config = JSON.parse(await read(`${folder}/deno.json`));
    assert(publish.include.includes("README.md"));
    const text = await read(`${folder}/README.md`);
    if (folder !== ".") {
      assertEquals(
        [...entries.keys()].filter((entry) => entry !== name && !text.includes(`\`${entry}\``)),
        [],
      );
    }
  });
}

test("links between the documents lead to a file", async () => {
  const files = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"];
  const all = [...files, ...packages.map(({ folder }) => `${folder}/README.md`)], broken: string[] = [];
  for (const file of new Set(all)) {
    for (const [, target] of (await read(file)).matchAll(/\]\((?!\w+:|#)([^)#]+)/g)) {
      const found = await Deno.stat(new URL(target, new URL(file, root))).catch(() => undefined);
      if (!found) broken.push(`${file}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

test("the changelog begins with the version of all packages, and tells when the others were released", async () => {
  const heads = [...(await read("CHANGELOG.md")).matchAll(/^## (.*)$/gm)].map(([, head]) => head);
  for (const { folder } of packages) {
    const { version }: Config = JSON.parse(await read(`${folder}/deno.json`));
    assert(
      heads[0].startsWith(`[${version}] - `),
      `${folder} has version ${version}, the changelog ${heads[0]}`,
    );
  }
  for (const [i, head] of heads.entries()) {
    assertMatch(head, i === 0 ? /^\[\S+\] - (\d{4}-\d\d-\d\d|Unreleased)$/ : /^\[\S+\] - \d{4}-\d\d-\d\d$/);
  }
});
