/** The command's lines and exit codes. */
import { type Backend, registerBackend } from "@tapegrad/core";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { broken, faults } from "./broken.ts";
import { main } from "./main.ts";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command here, so that it can be given backends that a flag alone cannot name. */
async function run(...args: string[]): Promise<Ran> {
  const { log, error } = console, stdout: string[] = [], stderr: string[] = [];
  console.log = (line: string) => stdout.push(line);
  console.error = (line: string) => stderr.push(line);
  try {
    return { code: await main(args), stdout: stdout.join("\n"), stderr: stderr.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

function faulty(name: string): Backend {
  return broken(faults.find((fault) => fault.name === name)!);
}

const name = "fold that is not there";
registerBackend({ name, create: () => faulty(name) });

Deno.test("it prints a table, and what it was about", async () => {
  const { code, stdout, stderr } = await run("tanh", "iota", "--backend", "cpu");
  assertEquals([code, stderr], [0, ""]);
  const [head, ...rows] = stdout.split("\n");
  assertMatch(head, /^op +f16 +f32 +f64 +i32 +u32 +bool$/);
  assertMatch(rows[0], /^iota +· +· +· +· +ok +·$/);
  assertMatch(rows[1], /^tanh +0\.5 +0\.5 +ok +0\.\d +0\.\d +0\.\d$/);
  assertMatch(rows.at(-1)!, /^cpu: \d+ cases passed, 0 failed, 0 skipped in [\d.]+ s$/);
});

Deno.test("a case that fails is told with its reason, and the exit code is 1", async () => {
  const { code, stdout } = await run("fold", "iota", "--backend", name);
  assertEquals(code, 1);
  assertMatch(stdout, /^fold +FAIL/m);
  assertMatch(stdout, /^FAILED fold f32, .*: Cannot fold: not written yet \(and \d+ more\)$/m);
  const verbose = await run("fold", "--verbose", "--backend", name);
  assert(verbose.stdout.split("\n").length > stdout.split("\n").length + 20);
});

Deno.test("as JSON, it prints every result", async () => {
  const { code, stdout } = await run("iota", "--json", "--backend", "cpu");
  const { backend, results } = JSON.parse(stdout);
  assertEquals([code, backend], [0, "cpu"]);
  assertEquals(results[0], { op: "iota", dtype: "u32", detail: "[0]", outcome: { status: "ok", ulp: 0 } });
});

Deno.test("what it cannot do it says in one line, with exit code 2", async () => {
  const mistakes: [string[], string][] = [
    [["tahn"], 'error: Unknown op "tahn": there are write, read,'],
    [["--backend", "abacus"], 'error: Cannot use backend "abacus"'],
    [["--blas=/nowhere/blas.so"], "error: Cannot multiply by a BLAS: of "],
    [["--threads", "0"], 'error: Cannot compute on "0" threads: it is a whole number from 1 on'],
    [["--backend"], "error: Option --backend needs a value"],
    [["--fast"], "error: Unknown option --fast: see deno task conformance --help"],
  ];
  for (const [args, says] of mistakes) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals([code, stdout, stderr.split("\n").length], [2, "", 1], args.join(" "));
    assertStringIncludes(stderr, says);
  }
});

Deno.test("--help says how it is used", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Usage: deno task conformance [OP …]");
});
