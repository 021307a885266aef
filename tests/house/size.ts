/** What programs weigh: `deno task size` bundles each of these, minified, and prints its bytes and those of its `gzip -9`. */
import { gzipSync } from "node:zlib";
import { runPlain } from "../task.ts";
import { packages, root } from "./packages.ts";

/** What a program has of entry points: names, and from where. */
type Program = readonly (readonly [names: string, entry: string])[];

const programs: Readonly<Record<string, Program>> = {
  "an error class": [["{ ShapeError }", "@tapegrad/core/errors"]],
  "./expr": [["*", "@tapegrad/core/expr"]],
  "./backend": [["*", "@tapegrad/core/backend"]],
  "./transforms": [["*", "@tapegrad/core/transforms"]],
  "core with all methods": [["{ Tensor }", "@tapegrad/core"]],
  "core, all of it": [["*", "@tapegrad/core"]],
  "core and GD": [["{ GD }", "@tapegrad/optim"]],
  "core and optim": [["*", "@tapegrad/optim"]],
  "the cpu backend": [["*", "@tapegrad/backends/cpu"]],
  "the wasm backend": [["*", "@tapegrad/backends/wasm"]],
  "a network on the cpu": [
    ["{ Tensor, tensor }", "@tapegrad/core"],
    ["{ cpuElements }", "@tapegrad/backends/cpu"],
    ["{ Linear, mseLoss, ReLU, Sequential, Tanh }", "@tapegrad/nn"],
    ["{ Adam, GD }", "@tapegrad/optim"],
  ],
  "the umbrella": [["*", "@tapegrad/tapegrad"]],
};

/** The bytes of a program, minified, and those of their gzip. */
export interface Size {
  readonly minified: number;
  readonly gzip: number;
}

function statement([names, entry]: Program[number]): string {
  const file = packages.map(({ entries }) => entries.get(entry)).find((path) => path !== undefined);
  return `export ${names} from ${JSON.stringify(new URL(file!, root))};`;
}

async function bundled(parts: Program): Promise<Uint8Array> {
  const program = await Deno.makeTempFile({ dir: "/tmp", suffix: ".ts" });
  try {
    await Deno.writeTextFile(program, parts.map(statement).join("\n"));
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
