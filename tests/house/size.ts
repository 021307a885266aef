/** What programs weigh: `deno task size` bundles each of these, minified, and prints its bytes and those of its `gzip -9`. */
import { gzipSync } from "node:zlib";
import { runPlain } from "../task.ts";
import { packages, root } from "./packages.ts";

/** What a program has of an entry point. */
interface Program {
  readonly names: string;
  readonly entry: string;
}

const programs: Readonly<Record<string, Program>> = {
  "an error class": { names: "{ ShapeError }", entry: "@tapegrad/core/errors" },
  "./expr": { names: "*", entry: "@tapegrad/core/expr" },
  "./backend": { names: "*", entry: "@tapegrad/core/backend" },
  "./transforms": { names: "*", entry: "@tapegrad/core/transforms" },
  "core with all methods": { names: "{ Tensor }", entry: "@tapegrad/core" },
  "core, all of it": { names: "*", entry: "@tapegrad/core" },
  "core and GD": { names: "{ GD }", entry: "@tapegrad/optim" },
  "core and optim": { names: "*", entry: "@tapegrad/optim" },
  "the cpu backend": { names: "*", entry: "@tapegrad/backends/cpu" },
  "the wasm backend": { names: "*", entry: "@tapegrad/backends/wasm" },
  "the umbrella": { names: "*", entry: "@tapegrad/tapegrad" },
};

/** The bytes of a program, minified, and those of their gzip. */
export interface Size {
  readonly minified: number;
  readonly gzip: number;
}

async function bundled({ names, entry }: Program): Promise<Uint8Array> {
  const file = packages.map(({ entries }) => entries.get(entry)).find((path) => path !== undefined);
  const program = await Deno.makeTempFile({ dir: "/tmp", suffix: ".ts" });
  try {
    await Deno.writeTextFile(program, `export ${names} from ${JSON.stringify(new URL(file!, root))};`);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--minify", "--platform=browser", "--config=deno.json", program],
      cwd: root,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return stdout;
  } finally {
    await Deno.remove(program);
  }
}

/** The size of one of the programs. */
export async function sizeOf(name: string): Promise<Size> {
  const bytes = await bundled(programs[name]);
  return { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

async function print(): Promise<void> {
  console.log(`${"program".padEnd(22)} minified     gzip`);
  for (const name of Object.keys(programs)) {
    const { minified, gzip } = await sizeOf(name);
    console.log(`${name.padEnd(22)}${String(minified).padStart(9)}${String(gzip).padStart(9)}`);
  }
}

if (import.meta.main) Deno.exit(await runPlain("size", Deno.args, print));
