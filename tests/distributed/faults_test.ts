import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { launch, libraries, underMpi } from "./launch.ts";

/** What every rank says, three of them, of whom the last, or all, do wrong. */
const agreed: Readonly<Record<string, string>> = {
  shapes:
    "Cannot allReduce: the ranks differ, ranks 0, 1: allReduce sum f32 [3]; rank 2: allReduce sum f32 [4]",
  dtypes: "ranks 0, 1: allReduce sum f32 [3]; rank 2: allReduce sum f64 [3]",
  order: "the ranks differ, ranks 0, 1: allReduce sum f32 [3]; rank 2: barrier",
  models: "rank 2: distribute a model of weight f32 [4, 2], bias f32 [4]",
  gradients: "ranks 0, 1: sum gradients of all parameters; rank 2: sum gradients of all but 1.weight, 1.bias",
  trained: "Cannot sum gradients: weight is trained since the model was distributed",
  unused: "Cannot sum gradients in backward: it gave none to 1.weight, 1.bias, leave overlap out",
  empty: "ranks 0, 1: allReduce sum f32 [3]; rank 2: allReduce sum f32 [0]",
  nothing: "Cannot go on after what rank 0 was to do: undefined",
  bytes: 'Cannot share bytes: the ranks differ, rank 0: share bytes that are "text"',
  sync: "1.weight on rank 2 is not that of rank 0",
  first: "Cannot go on after what rank 0 was to do: the disk is full",
};

/** What is in the log where a rank ends the job, and with which code the job ends if that is of its choosing. */
const ended: readonly [kind: string, said: RegExp][] = [
  ["throw", /^rank 2 of 3 on \S+ ends the job: RangeError: what went wrong here\n {4}at /m],
  ["exit", /^rank 2 of 3 on \S+ ends the job: it exits with code 3$/m],
  ["early", /the ranks differ, ranks 0, 1: allReduce sum f32 \[1\]; rank 2: end/],
  ["kill", /signal 9|SIGKILL|EXIT CODE: 9|Killed/i],
  ["abort", /^rank 2 of 3 on \S+ ends the job: that is enough$/m],
];

/** Within that many seconds a job has ended of which one rank has, on a machine that does much else. */
const SOON = 40;

for (const mpi of libraries) {
  const test = underMpi(mpi);
  for (const [kind, says] of Object.entries(agreed)) {
    test(`where one rank has other ${kind}, all have the error`, async () => {
      const { code, stdout, stderr } = await launch(mpi, 3, "faults", { args: [kind] });
      assertEquals(code, 0, stderr);
      const lines = stdout.trim().split("\n").sort();
      assertEquals(lines.map((line) => line.slice(0, 8)), ["rank 0: ", "rank 1: ", "rank 2: "]);
      for (const line of lines) assertStringIncludes(line, says);
    });
  }

  test("what a rank sends and another does not expect is an error on both", async () => {
    const { code, stdout, stderr } = await launch(mpi, 2, "faults", { args: ["pair"] });
    assertEquals(code, 0, stderr);
    assertEquals(stdout.trim().split("\n").sort(), [
      "rank 0: Cannot send f32 [3]: rank 1 expects another",
      "rank 1: Cannot receive f32 [4]: rank 0 sends f32 [3]",
    ]);
  });

  test("a gradient that is not finite on one rank has all skip a sharded step", async () => {
    const { code, stdout, stderr } = await launch(mpi, 2, "faults", { args: ["skip"] });
    assertEquals(code, 0, stderr);
    assertEquals(stdout.trim().split("\n").sort(), ["rank 0: false true", "rank 1: false true"]);
  });

  for (const [kind, said] of ended) {
    test(`a rank that ends by ${kind} ends the job soon, and the log says so`, async () => {
      const { code, stdout, stderr, seconds } = await launch(mpi, 3, "faults", { args: [kind] });
      assert(code !== 0, `it ended with ${code}`);
      assert(said.test(stdout + stderr), stdout + stderr);
      assert(seconds < SOON, `it took ${seconds} s`);
    });
  }
}
