/**
 * Installs the library in fresh folders, in each way that README tells, and runs its example there:
 * `deno task test:install`. Tools come from npm.
 */
import { blocksOf } from "../house/examples.ts";
import { packages, root } from "../house/packages.ts";
import { launch, withoutBrowser } from "../e2e/chromium.ts";
import { CommandError } from "../../demos/command_line.ts";
import { runPlain } from "../task.ts";
import { main as pack } from "./main.ts";
import { serve } from "./serve.ts";

const tools = ["bun@1", "esbuild@0.28", "typescript@5.9", "vite@8"];
const checkout = root.pathname.slice(0, -1);
const scratch = `${Deno.env.get("TMPDIR") ?? "/tmp"}/tapegrad-install-${Deno.pid}`;
const library = `${scratch}/tapegrad/npm`, bin = `${scratch}/tools/node_modules/.bin`;

/** Runs a command in a folder, and gives what it printed; a failure throws with that. */
async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return out;
  throw new Error(`${[command, ...args].join(" ")} failed:\n${out}${err}`);
}

/** Without the network: what is installed has no dependency. */
function npmInstall(folder: string, what: string): Promise<string> {
  return run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", what);
}

async function readmeExample(): Promise<string> {
  const blocks = blocksOf("README.md", await Deno.readTextFile(new URL("README.md", root)));
  return blocks.find(({ info, code }) => info === "js" && code.includes("@tapegrad/tapegrad"))!.code;
}

/** Each entry point, and the names that it has in the one package. */
function everything(): string {
  const specifiers = packages.flatMap(({ entries }) => [...entries.keys()]);
  const inside = (name: string): string => name.replace(/^@tapegrad\/(?!tapegrad)/, "@tapegrad/tapegrad/");
  const imports = specifiers.map((name, i) => `import * as m${i} from "${inside(name)}";`);
  const count = `if ([${specifiers.map((_, i) => `m${i}`)}].some((m) => !Object.keys(m).length)) throw 1;`;
  return [...imports, count].join("\n");
}

const typed = `import { type Tensor, tensor } from "@tapegrad/tapegrad";
const shape: readonly number[] = tensor([1]).add(1).shape;
// @ts-expect-error: a shape is no text
const text: string = tensor([1]).shape;
export function twice(x: Tensor): Tensor {
  using y: Tensor = x.mul(2);
  return y.add(shape.length + text.length);
}
`;

/** What a program that imports one backend alone has. */
const oneBackend = `import { tensor } from "@tapegrad/tapegrad/core";
import "@tapegrad/tapegrad/backends/cpu";
if ((await tensor([1, 2]).mul(2).array())[1] !== 4) throw 1;
`;

const page = `<!doctype html><title>waits</title>
<script type="module">
  import { tensor } from "./npm/tapegrad.js";
  document.title = "computed " + await tensor([1, 2]).mul(2).array();
</script>`;

const worker = `import { tensor } from "@tapegrad/tapegrad";
tensor([1, 2]).mul(2).array().then((numbers) => postMessage("computed " + numbers));
`;

const workerPage = `<!doctype html><title>waits</title>
<script type="module" src="/main.js"></script>`;

const workerMain = `const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => document.title = data;
`;

/** Fails unless the page at the top of a folder computes. */
async function assertComputes(folder: string): Promise<void> {
  if (withoutBrowser) return console.log("  (not opened: there is no Chromium)");
  await using server = serve(folder);
  const browser = await launch();
  try {
    const opened = await browser.newPage();
    await opened.goto(server.address);
    await opened.waitForFunction(() => document.title === "computed 2,4", undefined, { timeout: 20_000 });
  } finally {
    await browser.close();
  }
}

type Way = (folder: string) => Promise<unknown>;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}`, text);
}

const json = (value: object): string => JSON.stringify(value);
const module = json({ type: "module" });
const strictest = json({
  compilerOptions: { strict: true, noEmit: true, skipLibCheck: false, lib: ["es2022"], module: "nodenext" },
  files: ["typed.ts", "everything.ts"],
});

const example = await readmeExample(), all = everything();

const ways: Readonly<Record<string, Way>> = {
  async Node(folder): Promise<void> {
    write(folder, { "package.json": module, "first.mjs": example, "everything.js": all });
    await npmInstall(folder, library);
    await run(folder, "node", "first.mjs");
    await run(folder, "node", "everything.js");
  },
  async "Node, a tarball"(folder): Promise<void> {
    write(folder, { "package.json": module, "first.mjs": example, "one.js": oneBackend });
    const name = await run(folder, "npm", "pack", "--silent", library);
    await npmInstall(folder, `./${name.trim()}`);
    await run(folder, "node", "first.mjs");
    await run(folder, "node", "one.js");
  },
  async TypeScript(folder): Promise<void> {
    write(folder, { "package.json": module, "typed.ts": typed, "everything.ts": all });
    write(folder, { "tsconfig.json": strictest });
    await npmInstall(folder, library);
    await run(folder, `${bin}/tsc`);
  },
  async Bun(folder): Promise<void> {
    write(folder, { "package.json": module, "first.mjs": example, "everything.js": all });
    await run(folder, `${bin}/bun`, "add", library);
    await run(folder, `${bin}/bun`, "first.mjs");
    await run(folder, `${bin}/bun`, "everything.js");
  },
  async "Deno, linked"(folder): Promise<void> {
    write(folder, { "deno.json": json({ links: [checkout] }), "first.mjs": example, "typed.ts": typed });
    await run(folder, Deno.execPath(), "run", "--no-prompt", "first.mjs");
    await run(folder, Deno.execPath(), "check", "typed.ts");
  },
  async "Deno, the package"(folder): Promise<void> {
    const imports = { "@tapegrad/tapegrad": `${library}/mod.js` };
    write(folder, { "deno.json": json({ imports }), "first.mjs": example, "typed.ts": typed });
    await run(folder, Deno.execPath(), "run", "--no-prompt", "first.mjs");
    await run(folder, Deno.execPath(), "check", "typed.ts");
  },
  async esbuild(folder): Promise<void> {
    write(folder, { "package.json": module, "first.mjs": example });
    await npmInstall(folder, library);
    await run(
      folder,
      `${bin}/esbuild`,
      "first.mjs",
      "--bundle",
      "--platform=node",
      "--format=esm",
      "--outfile=out/first.mjs",
    );
    await run(`${folder}/out`, "node", "first.mjs");
  },
  async "Vite, with a worker"(folder): Promise<void> {
    write(folder, { "package.json": module, "index.html": workerPage, "main.js": workerMain });
    write(folder, { "worker.js": worker });
    await npmInstall(folder, library);
    await run(folder, `${bin}/vite`, "build", "--logLevel=error");
    await assertComputes(`${folder}/dist`);
  },
  async "a page"(folder): Promise<void> {
    write(folder, { "index.html": page });
    await Deno.mkdir(`${folder}/npm`);
    await Deno.copyFile(`${library}/tapegrad.js`, `${folder}/npm/tapegrad.js`);
    await assertComputes(folder);
  },
};

async function timed(name: string, work: () => Promise<unknown>): Promise<boolean> {
  const start = performance.now();
  const error = await work().then(() => undefined, (reason) => reason as Error);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(20)} ${error ? "FAILED" : "ok    "} ${seconds.padStart(5)} s`);
  if (error) console.log(error.message);
  return error === undefined;
}

async function prepare(): Promise<void> {
  await Deno.mkdir(`${scratch}/tools`, { recursive: true });
  const installing = run(
    `${scratch}/tools`,
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--prefix",
    ".",
    ...tools,
  );
  const [code] = await Promise.all([pack(["--out", library]), installing]);
  if (code !== 0) throw new Error("The package was not written");
}

async function tryAll(): Promise<void> {
  const failed: string[] = [];
  try {
    if (!await timed("package and tools", prepare)) throw new CommandError("Nothing was installed");
    for (const [name, way] of Object.entries(ways)) {
      const folder = `${scratch}/${name.replace(/\W+/g, "-")}`;
      await Deno.mkdir(folder);
      if (!await timed(name, () => way(folder))) failed.push(name);
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  if (failed.length > 0) throw new CommandError(`Not installed: ${failed.join("; ")}`);
}

if (import.meta.main) Deno.exit(await runPlain("test:install", Deno.args, tryAll));
