import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permitted } from "../permitted.ts";

const test = permitted("run", "write");

const MAIN = new URL("../../bench/main.ts", import.meta.url).pathname;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--quiet", "--no-prompt", "--allow-all", MAIN, ...args],
    stdin: "null",
    env: { XDG_RUNTIME_DIR: "/tmp", ...env },
  }).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

const mistakes: [args: string[], says: RegExp][] = [
  [["matmul"], /^error: Unknown work "matmul": there are overhead, gradient, /],
  [["--blas", "--record"], /^error: Cannot record figures by a BLAS: leave out --blas$/],
  [["--backend", "abacus"], /^error: .*abacus.*cpu/],
  [["--threads", "two"], /^error: Cannot compute on "two" threads: it is a whole number from 1 on$/],
  [["--rounds", "0"], /^error: Cannot run "0" rounds: it is a whole number from 1 to 1000$/],
  [["--record", "--quick"], /^error: Cannot record figures of --quick: they would mislead$/],
  [["--out", "/dev/null/out"], /^error: Cannot write to \/dev\/null\/out: /],
  [
    ["--backend", "cpu", "device-host"],
    /^error: Nothing to measure: none of these works is for a backend that /,
  ],
  [["--colour"], /^error: Unknown option --colour: see deno task bench --help$/],
];

for (const [args, says] of mistakes) {
  test(`bench ${args.join(" ")} says what is wrong in one line`, async () => {
    const { code, stdout, stderr } = await bench(args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr.trimEnd(), says);
  });
}

test("bench --help says how to use it", async () => {
  const { code, stdout, stderr } = await bench(["--help"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /\n\nUsage: deno task bench \[WORK …\]/);
});

test("bench --against refuses what is no revision, and a checkout that is not of git", async () => {
  const unknown = await bench(["--against", "no-such-revision", "overhead"]);
  assertEquals([unknown.code, unknown.stdout], [2, ""]);
  assertMatch(unknown.stderr, /^error: (Unknown revision "no-such-revision": name a commit|Cannot compare)/);
  const outside = await bench(["--against", "HEAD", "overhead"], { GIT_DIR: "/nonexistent" });
  assertEquals([outside.code, outside.stdout], [2, ""]);
  assertStringIncludes(outside.stderr, "is no checkout of git (fatal: not a git repository: '/nonexistent')");
});
