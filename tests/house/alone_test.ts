/** Each entry point of core or of a backend works when it is the only one imported, in a process of its own. */
import { assertEquals } from "@std/assert";
import { packages, root } from "./packages.ts";
import { sources, survey } from "./survey.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "run");

const [core] = packages;
const subpaths = [...core.entries.keys()].filter((entry) => entry !== core.name);

async function faultOf(program: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", program],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return success ? "" : new TextDecoder().decode(stderr);
}

for (const entry of subpaths) {
  const program = `tests/house/alone/${entry.slice(core.name.length + 1)}.ts`;
  test(`${entry} works when imported alone`, async () => {
    const { imports } = survey(await Deno.readTextFile(new URL(program, root)));
    assertEquals(imports.filter((specifier) => specifier.startsWith("@tapegrad/")), [entry]);
    assertEquals(await faultOf(program), "");
  });
}

for (const name of ["cpu", "wasm", "webgpu"]) {
  test(`@tapegrad/backends/${name} registers its backend`, async () => {
    assertEquals(await faultOf(`tests/house/alone/${name}.ts`), "");
  });
}

test("a backend is written with @tapegrad/core/backend alone", async () => {
  const files =
    (await Promise.all(["common", "cpu", "wasm", "webgpu"].map((name) => sources(`backends/${name}`))))
      .flat();
  const found = await Promise.all(
    ["tests/backends/toy_backend.ts", ...files].map(async (file) => {
      const { imports } = survey(await Deno.readTextFile(new URL(file, root)));
      const others = imports.filter((specifier) => /^@tapegrad\/core(?!\/backend$)/.test(specifier));
      return others.map((specifier) => `${file} imports ${specifier}`);
    }),
  );
  assertEquals(found.flat(), []);
});
