import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { texts } from "../../demos/page/sections.ts";
import { page, type Section } from "../../demos/page/page.ts";
import { highlighted } from "../../demos/page/source.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read");

const EXPERIMENTS = new URL("../../demos/experiments/", import.meta.url);

function programOf(name: string): string {
  return Deno.readTextFileSync(new URL(`${name}.ts`, EXPERIMENTS));
}

function plain(html: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return html.replace(/<[^>]*>/g, "").replace(/&(\w+);/g, (_, name) => characters[name]);
}

test("a marked program is the program", () => {
  for (const name of Object.keys(texts)) assertEquals(plain(highlighted(programOf(name))), programOf(name));
});

Deno.test("comments, texts and words are marked, and what is in them is not", () => {
  const html = highlighted(
    '// const "a"\nconst a = "b // <c>"; /** if\n * so */ `let ${x}`; constant(1 < 2);\n',
  );
  assertEquals(
    html,
    '<span class="comment">// const &quot;a&quot;</span>\n<span class="word">const</span> a = ' +
      '<span class="text">&quot;b // &lt;c&gt;&quot;</span>; <span class="comment">/** if\n * so */</span> ' +
      '<span class="text">`let ${x}`</span>; constant(1 &lt; 2);\n',
  );
});

test("the page has each experiment's program once, after its imports", () => {
  const sections = Object.entries(texts).map(([name, text]): Section => ({
    ...text,
    name,
    lines: [],
    charts: [],
    source: programOf(name),
    path: `demos/experiments/${name}.ts`,
  }));
  const html = page(sections, { script: "", style: "", origin: "" });
  const programs = [...html.matchAll(/<details class="source">(.*?)<\/details>/gs)].map(([, part]) =>
    plain(part)
  );
  assertEquals(programs.length, sections.length);
  sections.forEach(({ source, path }, i) => {
    assertStringIncludes(programs[i], path);
    assertMatch(programs[i], /export (async )?function/);
    assert(!/^import /m.test(programs[i]));
    const [, ...rest] = source.split(/^import[^;]*;\n/m);
    assertStringIncludes(programs[i], rest.at(-1)!.trim());
  });
});
