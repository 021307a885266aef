import type { Contender, Pace } from "../../bench/harness/measure.ts";
import { quick, timed } from "../../bench/harness/measure.ts";
import { type Match, runCase, type Variant } from "../../bench/harness/run.ts";
import { runAll } from "../../bench/harness/run_all.ts";
import { disagreement, inTurns } from "../../bench/harness/turns.ts";
import type { Work } from "../../bench/works/work.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";

const options = { rounds: 3, pace: quick, progress: (): void => {} };

const work: Work = {
  name: "chain",
  title: "a work",
  about: "a work",
  unit: "µs",
  pieces: 2,
  cases: [{ label: "", dtype: "f32", given: { n: 1 } }],
  ours: [],
};

function variant(library: string, contender: Partial<Contender>): Variant {
  const prepare = (): Contender => ({ answer: () => [1], measure: () => Promise.resolve(1), ...contender });
  return { library, how: "", prepare };
}

function match(...peers: readonly Variant[]): Match {
  return { work, one: work.cases[0], ours: variant("tapegrad", {}), peers };
}

Deno.test("each has its turn in each round, another one first, and drops out with its error", async () => {
  const order: string[] = [];
  const contender = (name: string, fails = false): Contender => ({
    answer: () => [],
    measure: () => {
      order.push(name);
      return fails ? Promise.reject(new Error("no more")) : Promise.resolve(order.length);
    },
  });
  const [a, b, c] = await inTurns([contender("a"), contender("b", true), contender("c")], options);
  assertEquals(order.join(""), "abccaca");
  assertEquals(a, [1, 5, 7]);
  assert(b instanceof Error && b.message === "no more");
  assertEquals(c, [3, 4, 6]);
});

Deno.test("a row has medians in its unit, ratios of them, and the spread of the rounds", async () => {
  const times = [4, 2, 3];
  const slower = variant("a peer", { measure: () => Promise.resolve(times.pop()!) });
  const { ours, peers: [peer] } = await runCase(match(slower), options);
  assertEquals(ours.time, 500);
  assertEquals([peer.time, peer.ratio, peer.spread], [1500, 3, [2, 4]]);
});

Deno.test("who answers otherwise, too slowly or not at all is not timed, and says why", async () => {
  const wrong = variant("wrong", { answer: () => [1.001] });
  const slow = variant("slow", {
    answer: () => new Promise((resolve) => setTimeout(() => resolve([1]), 20)),
  });
  const none: Variant = {
    library: "none",
    how: "",
    prepare: () => Promise.reject(new Error("not installed\nat")),
  };
  const bound = { ...variant("bound", { answer: () => [7] }), isBound: true };
  const pace: Pace = { ...quick, longest: 10 };
  const { peers } = await runCase(match(wrong, slow, none, bound), { ...options, pace });
  const said = peers.map(({ error = "" }) => error);
  assertEquals(said[0], "wrong answer: number 0 is 1.001 where tapegrad has 1");
  assertMatch(said[1], /^left out: its answer takes \d+\.\d s$/);
  assertEquals(said.slice(2), ["not installed", ""]);
});

Deno.test("without our own answer nobody is timed", async () => {
  const ours = variant("tapegrad", { answer: () => Promise.reject(new Error("a fault of ours")) });
  const row = await runCase({ ...match(variant("a peer", {})), ours }, options);
  assertEquals([row.ours.error, row.peers[0].error], ["a fault of ours", "a fault of ours"]);
});

Deno.test("who would take too long, as a smaller case of the kind tells, is left out unasked", async () => {
  const asked: number[] = [];
  const sized = (n: number, kind = "a") => ({
    work,
    one: { ...work.cases[0], given: { n, kind }, flops: n },
  });
  const peer = (n: number): Variant =>
    variant("slow", { measure: () => Promise.resolve(asked.push(n) && 2000 * n) });
  const rows = await runAll(
    [sized(1), sized(2), sized(3), sized(4), sized(3, "b")],
    { rounds: 1, pace: { ...quick, longest: 5000 } },
    ({ one }) => Promise.resolve({ ours: variant("tapegrad", {}), peers: [peer(one.flops!)] }),
  );
  assertEquals(asked, [1, 2, 3]);
  const said = rows.map(({ peers: [{ error }] }) => error);
  const why = ["left out: it would take 6.0 s", "left out: it would take 8.0 s"];
  assertEquals(said, [undefined, undefined, ...why, undefined]);
});

Deno.test("answers agree within 1e-4 of each value, and in their number", () => {
  assertEquals(disagreement([1.00009, -2], [1, -2]), undefined);
  assertMatch(disagreement([1, NaN], [1, 2])!, /^wrong answer: number 1 is NaN where tapegrad has 2$/);
  assertMatch(disagreement([1], [1, 2])!, /^wrong answer: 1 numbers where tapegrad has 2$/);
});

Deno.test("what is timed takes its time", async () => {
  const wait = (): void => {
    const end = performance.now() + 2;
    while (performance.now() < end);
  };
  assertGreater(await timed(wait, () => []).measure(quick), 1.9);
});
