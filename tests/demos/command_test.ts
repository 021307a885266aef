import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { precision } from "../backend_traits.ts";
import { permitted } from "../permitted.ts";

const test = permitted("run", "write");

const MAIN = new URL("../../demos/main.ts", import.meta.url).pathname;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--no-prompt", "--allow-all", MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // Without it the loader of Vulkan complains on stderr.
    env: { XDG_RUNTIME_DIR: "/tmp", ...env },
  });
}

async function demo(args: readonly string[], env?: Record<string, string>): Promise<Ran> {
  const { code, stdout, stderr } = await command(args, env).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

async function inTempDir(fn: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await fn(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const mistakes: [args: string[], says: RegExp][] = [
  [
    ["perceptrom"],
    /^error: Unknown experiment "perceptrom": there are gradient, quadratic, surface, perceptron, digits$/,
  ],
  [["--backend", "abacus"], /^error: .*abacus.*cpu/],
  [["--backend"], /^error: Option --backend needs a value/],
  [
    ["--blas=/nowhere/blas.so"],
    /^error: Cannot multiply by a BLAS: of "\/nowhere\/blas\.so", could not open/,
  ],
  [["--threads", "1.5"], /^error: Cannot compute on "1\.5" threads: it is a whole number from 1 on$/],
  [["--threads", "2", "--backend", "cpu"], /^error: Cannot compute on 2 threads on cpu: leave threads out/],
  [["--blas="], /^error: Option --blas needs a value/],
  [["--dtype", "f16"], /^error: Unknown dtype "f16": the experiments run in f32 or f64$/],
  [["--seed", "-1"], /^error: /],
  [["--seed", "many"], /^error: Cannot take "many" as a seed/],
  [["--colour"], /^error: Unknown option --colour/],
  [["--out", "/dev/null/gallery"], /^error: Cannot write to \/dev\/null\/gallery: /],
];

for (const [args, says] of mistakes) {
  test(`demo ${args.join(" ")} says what is wrong in one line`, async () => {
    const { code, stdout, stderr } = await demo(args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr.trimEnd(), says);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  });
}

test("TAPEGRAD_BACKEND stands in for --backend, which goes before it", async () => {
  const env = { TAPEGRAD_BACKEND: "abacus" };
  const { code, stderr } = await demo(["quadratic"], env);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "abacus");
  await inTempDir(async (out) => {
    const { code, stderr } = await demo(["quadratic", "--backend", "cpu", "--quiet", "--out", out], env);
    assertEquals([code, stderr], [0, ""]);
  });
});

test("demo --help lists the experiments and the options", async () => {
  const { code, stdout } = await demo(["--help"]);
  assertEquals(code, 0);
  for (
    const word of [
      "gradient",
      "quadratic",
      "surface",
      "perceptron",
      "digits",
      "--backend",
      "--blas[=PATH]",
      "--threads N",
      "--out",
      "--dtype",
      "--seed",
    ]
  ) {
    assertStringIncludes(stdout, word);
  }
});

test("one experiment prints its numbers and leaves its charts and a page", async () => {
  await inTempDir(async (directory) => {
    const out = `${directory}/some/where`;
    const { code, stdout, stderr } = await demo(["quadratic", "--dtype", precision, "--out", out]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "epoch 25: x = -0.009, f(x) =  2.000");
    assertStringIncludes(stdout, `The gallery is ${out}/index.html`);
    assert(!stdout.includes("\r"), "there is a progress line, and stdout is no terminal");
    const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    const charts = ["quadratic_distance", "quadratic_paths"];
    assertEquals(names, ["index.html", ...charts.flatMap((chart) => [`${chart}.svg`, `${chart}.vl.json`])]);
  });
});

test("demo --quiet prints nothing", async () => {
  await inTempDir(async (out) => {
    assertEquals(await demo(["surface", "--quiet", "--out", out]), { code: 0, stdout: "", stderr: "" });
  });
});

/** Interrupts a run by a signal, once it has printed something or after some milliseconds; gives its exit code. */
async function interrupted(args: readonly string[], after: "printing" | number): Promise<number> {
  const child = command(args).spawn();
  const [stdout] = await Promise.all([child.stdout.getReader(), child.stderr.cancel()]);
  if (after === "printing") await stdout.read();
  else await new Promise((resolve) => setTimeout(resolve, after));
  try {
    child.kill("SIGINT");
  } catch {
    // It was done before.
  }
  await stdout.cancel();
  return (await child.status).code;
}

test("an interrupted run leaves its whole gallery or nothing, not even the directory", async () => {
  await inTempDir(async (directory) => {
    for (const after of ["printing", 150, 400, 600, 800, 1200] as const) {
      const out = `${directory}/${after}/gallery`;
      const code = await interrupted(["quadratic", "--out", out], after);
      if (code === 130) {
        assertEquals([...Deno.readDirSync(directory)], []);
        continue;
      }
      const names = [...Deno.readDirSync(out)].map(({ name }) => name);
      assertEquals([code, names.length], [0, 5], `${names}`);
      for (const name of names) {
        const text = Deno.readTextFileSync(`${out}/${name}`);
        assertMatch(text.trimEnd(), name.endsWith("json") ? /\}$/ : /<\/(svg|html)>$/);
      }
      await Deno.remove(`${directory}/${after}`, { recursive: true });
    }
  });
});
