/** The published sources as JavaScript with types and source maps. */
import { dirname } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { CommandError } from "../../demos/command_line.ts";
import { portablePackages as packages, root } from "../house/packages.ts";
import { sources } from "../house/survey.ts";
import { portable } from "./portable.ts";
import { filesOfArchive } from "./tar.ts";

/** All entry points as those of one package, whose files import one another's packages by name. */
function stagedConfig(): string {
  const { version, license, compilerOptions } = config;
  const entries = packages.flatMap((one) => [...one.entries]).map(([name, file]) => [name, `./${file}`]);
  const imports = Object.fromEntries(entries);
  const exports = Object.fromEntries(entries.map(([name, file]) => [name.replace("@tapegrad", "."), file]));
  return JSON.stringify({ name: "@tapegrad/all", version, license, exports, imports, compilerOptions });
}

async function stage(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/deno.json`, stagedConfig());
  const parts = packages.map((one) => one.folder === "." ? "mod.ts" : one.folder);
  for (const file of (await Promise.all(parts.map(sources))).flat()) {
    await Deno.mkdir(dirname(`${folder}/${file}`), { recursive: true });
    await Deno.copyFile(new URL(file, root), `${folder}/${file}`);
  }
}

/** What is made of the sources, by paths in the checkout: `core/mod.js`, `core/mod.js.map`, `core/mod.d.ts` … */
export async function compiled(): Promise<ReadonlyMap<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "tapegrad-dist-" });
  try {
    await stage(folder);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["pack", "--quiet", "--output", "package.tgz"],
      cwd: folder,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) {
      throw new CommandError(`Cannot compile the sources: ${new TextDecoder().decode(stderr).trim()}`);
    }
    const entries = await filesOfArchive(await Deno.readFile(`${folder}/package.tgz`));
    const files = entries.map(([path, text]) => [path.replace(/^package\//, ""), text] as const);
    // What no entry point leads to is left as it was: it is for tests.
    return portable(new Map(files.filter(([path]) => !/(?<!\.d)\.ts$/.test(path))));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
