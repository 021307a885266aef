/** A process that no launcher began, and what errors say of one that can join no job. */
import { assertEquals, assertMatch } from "@std/assert";
import { root } from "../house/packages.ts";
import { permitted } from "../permitted.ts";
import { programArgs } from "./launch.ts";

const test = permitted("run");

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1", TAPEGRAD_THREADS: "1", TAPEGRAD_BACKEND: "wasm", ...env },
  }).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

test("alone, a program trains as under a launcher, without a library", async () => {
  const args = programArgs("equal").filter((arg) => arg !== "--allow-ffi");
  const { stdout, stderr } = await run(args);
  assertEquals(stderr, "");
  const distances: Record<string, number> = JSON.parse(stdout);
  assertEquals(Object.keys(distances).length, 14);
  assertEquals(Object.entries(distances).filter(([, distance]) => !(distance < 1e-12)), []);
});

const variables = "OMPI_COMM_WORLD_SIZE,PMIX_RANK,PMI_RANK,SLURM_STEP_NUM_TASKS";
const program = "tests/distributed/programs/joining.ts";

const mistakes: readonly [
  name: string,
  options: string,
  flags: readonly string[],
  env: Record<string, string>,
  says: RegExp,
][] = [
  [
    "the environment may not be read",
    "{}",
    ["--allow-ffi"],
    {},
    /^DistributedError: Cannot connect: whether a launcher .* --allow-env=OMPI_COMM_WORLD_SIZE,PMIX_RANK,PMI_RANK,SLURM_STEP_NUM_TASKS$/m,
  ],
  [
    "libraries may not be called",
    "{}",
    [`--allow-env=${variables}`],
    { PMI_RANK: "0" },
    /^DistributedError: Cannot connect: .*: run with --allow-ffi$/m,
  ],
  [
    "Slurm told tasks nothing",
    "{}",
    [`--allow-env=${variables}`],
    { SLURM_STEP_NUM_TASKS: "4" },
    /^DistributedError: Cannot connect: Slurm started 4 tasks .* srun --mpi=pmix/m,
  ],
  [
    "there is no such library",
    '{ "library": "/nowhere/libmpi.so" }',
    ["--allow-ffi", `--allow-env=${variables}`],
    {},
    /^DistributedError: Cannot connect: of "\/nowhere\/libmpi.so", .*could not open library/mi,
  ],
  [
    "a library is none of MPI",
    '{ "library": "libc.so.6" }',
    ["--allow-ffi", `--allow-env=${variables}`],
    {},
    /^DistributedError: Cannot connect: of "libc.so.6", .*MPI_Get_library_version/m,
  ],
  [
    "a path is no text",
    '{ "library": 3 }',
    [`--allow-env=${variables}`],
    {},
    /^TypeError: Cannot connect with an option library of 3: a string is needed/m,
  ],
  ["an option is unknown", '{ "libary": 3 }', [`--allow-env=${variables}`], {}, /^TypeError: .*libary/m],
];

for (const [name, options, flags, env, says] of mistakes) {
  // Elsewhere systems say it in other words.
  if (/\.so/.test(options) && Deno.build.os !== "linux") continue;
  test(`the error says what to do where ${name}`, async () => {
    const { stdout, stderr } = await run([
      "run",
      "--quiet",
      "--no-check",
      "--no-prompt",
      ...flags,
      program,
      options,
    ], env);
    assertMatch(stdout + stderr, says);
  });
}
