/**
 * Installs the packages in fresh folders, in each way that README tells, and trains the perceptron there:
 * `deno task test:install`. Tools come from npm, into a folder that stays.
 */
import { portablePackages as packages, root } from "../house/packages.ts";
import { CommandError } from "../../demos/command_line.ts";
import { main as dist } from "../dist/main.ts";
import { runPlain } from "../task.ts";
import { inspect } from "./inspect.ts";
import * as programs from "./programs.ts";
import { assertTitle, closeBrowser, npmInstall, run, sideBySide, write } from "./shell.ts";

const nodes = ["20", "22", "24"];
const tools = {
  bun: "1",
  esbuild: "0.28",
  typescript: "5.9",
  vite: "8",
  ...Object.fromEntries(nodes.map((version) => [`node-${version}`, `npm:node@${version}`])),
};
const temporary = Deno.env.get("TMPDIR") ?? "/tmp", checkout = root.pathname.slice(0, -1);
const toolbox = `${temporary}/tapegrad-tools`, modules = `${toolbox}/node_modules`, bin = `${modules}/.bin`;
const scratch = `${temporary}/tapegrad-install-${Deno.pid}`, library = `${scratch}/tapegrad/npm`;
// One installation, in whose subfolders programs find it.
const installed = `${scratch}/npm`;

const short = (name: string): string => name.slice(name.indexOf("/") + 1);
const tarball = (name: string): string =>
  `${library}/tapegrad-${name}-${packages.find((one) => short(one.name) === name)!.version}.tgz`;
const tarballs = Object.fromEntries(packages.map(({ name }) => [name, tarball(short(name))]));

type Way = (folder: string) => Promise<unknown>;

const { perceptron, trained } = programs, module = { type: "module" };
const example = await programs.readmeExample(), everything = programs.everything();
const files = {
  "perceptron.js": perceptron,
  "trained.js": trained,
  "first.js": example,
  "everything.js": everything,
  "one.js": programs.oneBackend,
  "threads.js": programs.threaded,
};

async function runAll(folder: string, ...command: [string, ...string[]]): Promise<void> {
  const [program, ...args] = command;
  for (const file of ["trained.js", "first.js", "everything.js", "one.js", "threads.js"]) {
    await run(folder, program, ...args, file);
  }
}

const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, lib: ["es2022"], types: [] };
const byNode = { ...compilerOptions, module: "nodenext" };
const byBundler = { ...compilerOptions, module: "esnext", moduleResolution: "bundler" };

const onNode = (version: string): Way => async (folder) => {
  const node = `${modules}/node-${version}/bin/node`;
  write(folder, { "package.json": module, ...files, "server.mjs": await programs.exampleFile("server.mjs") });
  await runAll(folder, node);
  await run(folder, node, "server.mjs");
};

const typesChecked = (options: object): Way => async (folder) => {
  const files = ["typed.ts", "everything.ts"];
  write(folder, { "package.json": module, "typed.ts": programs.typed, "everything.ts": everything });
  write(folder, { "tsconfig.json": { compilerOptions: options, files } });
  await run(folder, `${bin}/tsc`);
};

/** Those that use the one installation. */
const inside: Readonly<Record<string, Way>> = {
  ...Object.fromEntries(nodes.map((version) => [`Node ${version}`, onNode(version)])),
  "types, by Node's rules": typesChecked(byNode),
  "types, by bundlers'": typesChecked(byBundler),
  async "Deno, of node_modules"(folder): Promise<void> {
    write(folder, { ...files, "typed.ts": programs.typed });
    await runAll(folder, Deno.execPath(), "run", "--no-prompt");
    await run(folder, Deno.execPath(), "check", "typed.ts");
  },
  async "errors, in the sources"(folder): Promise<void> {
    write(folder, { "package.json": module, "failing.js": programs.failing });
    const said = await run(folder, "node", "--enable-source-maps", "failing.js");
    const [file, line] = said.trim().split(":");
    const text = await Deno.readTextFile(new URL(file, root)).catch(() => "");
    if (!/throw/.test(text.split("\n")[Number(line) - 1])) throw new Error(`It is thrown elsewhere: ${said}`);
  },
  async esbuild(folder): Promise<void> {
    write(folder, { "package.json": module, ...files });
    const bundle = ["--bundle", "--platform=node", "--format=esm", "--log-limit=0", "--log-level=warning"];
    await run(folder, `${bin}/esbuild`, "trained.js", ...bundle, "--outfile=out/trained.js");
    await run(`${folder}/out`, "node", "trained.js");
    const text = await Deno.readTextFile(`${folder}/out/trained.js`);
    const unused = ["class LBFGS", "class LSTM", "fractionalMaxPool", "createToy"].filter((one) =>
      text.includes(one)
    );
    if (unused.length > 0) throw new Error(`The bundle has ${unused.join(", ")}, which nobody calls`);
  },
  async "esbuild, to CommonJS"(folder): Promise<void> {
    write(folder, { "package.json": module, "anomaly.js": programs.anomaly });
    await run(folder, `${bin}/esbuild`, "anomaly.js", "--bundle", "--platform=node", "--outfile=anomaly.cjs");
    const said = await run(folder, "node", "anomaly.cjs");
    if (!said.startsWith("Found -Infinity")) throw new Error(said);
  },
  async "Vite, and a worker"(folder): Promise<void> {
    write(folder, {
      "package.json": module,
      "index.html": programs.bundledPage,
      "main.js": programs.workerMain,
    });
    write(folder, { "worker.js": programs.worker, "perceptron.js": perceptron });
    await run(folder, `${bin}/vite`, "build", "--logLevel=error", "--base=./");
    await assertTitle(`${folder}/dist`, programs.LEARNED);
  },
};

/** Those that install, or take the folders as they are. */
const apart: Readonly<Record<string, Way>> = {
  "the folders": () => inspect(library),
  async "core and backends"(folder): Promise<void> {
    write(folder, { "package.json": module, "one.js": programs.oneBackend });
    await npmInstall(folder, tarball("core"), tarball("backends"));
    await run(folder, "node", "one.js");
  },
  async "nn and optim"(folder): Promise<void> {
    write(folder, { "package.json": module, "none.js": programs.noBackend });
    await npmInstall(folder, ...["core", "nn", "optim"].map(tarball));
    await run(folder, "node", "none.js");
  },
  async Bun(folder): Promise<void> {
    // Bun asks the registry for what a tarball depends on, unless it is told.
    write(folder, { "package.json": { ...module, dependencies: tarballs, overrides: tarballs }, ...files });
    await run(folder, `${bin}/bun`, "install");
    await runAll(folder, `${bin}/bun`);
  },
  async "Deno, linked"(folder): Promise<void> {
    write(folder, { "deno.json": { links: [checkout] }, "first.js": example, "typed.ts": programs.typed });
    await run(folder, Deno.execPath(), "run", "--no-prompt", "first.js");
    await run(folder, Deno.execPath(), "check", "typed.ts");
  },
  async "a page, of one file"(folder): Promise<void> {
    const program = perceptron.replaceAll(/"@tapegrad\/\w+"/g, '"./npm/tapegrad.js"');
    write(folder, { "index.html": programs.page("", program) });
    write(`${folder}/npm`, { "tapegrad.js": await Deno.readTextFile(`${library}/tapegrad/tapegrad.js`) });
    await assertTitle(folder, programs.LEARNED);
  },
  async "a page, of the examples"(folder): Promise<void> {
    const page = await programs.exampleFile("page/index.html");
    write(folder, { "index.html": page.replace("../../npm/tapegrad/", "./") });
    write(folder, { "page.js": await programs.exampleFile("page/page.js") });
    write(folder, { "tapegrad.js": await Deno.readTextFile(`${library}/tapegrad/tapegrad.js`) });
    await assertTitle(folder, "Learned");
  },
};

async function timed(name: string, work: () => Promise<unknown>): Promise<boolean> {
  const start = performance.now();
  const error = await work().then(() => undefined, (reason) => reason as Error);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(24)} ${error ? "FAILED" : "ok    "} ${seconds.padStart(5)} s`);
  if (error) console.log(error.message);
  return error === undefined;
}

async function prepare(): Promise<void> {
  write(toolbox, { "package.json": { private: true, dependencies: tools } });
  const installing = run(toolbox, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
  const [code] = await Promise.all([dist(["--out", library]), installing]);
  if (code !== 0) throw new Error("The packages were not written");
  write(installed, { "package.json": module });
  await npmInstall(installed, ...Object.values(tarballs));
}

async function tryAll(): Promise<void> {
  const failed: string[] = [];
  const ways = [
    ...Object.entries(apart).map((entry) => [scratch, ...entry] as const),
    ...Object.entries(inside).map((entry) => [installed, ...entry] as const),
  ];
  try {
    if (!await timed("packages and tools", prepare)) throw new CommandError("Nothing was installed");
    await sideBySide(ways, async ([above, name, way]) => {
      const folder = `${above}/${name.replace(/\W+/g, "-")}`;
      await Deno.mkdir(folder);
      if (!await timed(name, () => way(folder))) failed.push(name);
    });
  } finally {
    await closeBrowser();
    await Deno.remove(scratch, { recursive: true });
  }
  if (failed.length > 0) throw new CommandError(`Not installed: ${failed.join("; ")}`);
}

if (import.meta.main) Deno.exit(await runPlain("test:install", Deno.args, tryAll));
