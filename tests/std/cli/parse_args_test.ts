import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

type Args = Record<string, unknown>;

Deno.test("without options all is guessed", () => {
  assertEquals<Args>(parseArgs(["--foo", "--bar=baz", "-n5", "-xy", "a.txt", "3"]), {
    _: [3],
    foo: true,
    bar: "baz",
    n: 5,
    x: true,
    y: "a.txt",
  });
});

Deno.test("strings and booleans", () => {
  const options = { string: ["out", "dtype"], boolean: ["quiet"] } as const;
  const args: Args = parseArgs(["--out", "12", "--quiet", "surface"], options);
  assertEquals([args.out, args.dtype, args.quiet, args._], ["12", undefined, true, ["surface"]]);
  assertEquals(parseArgs(["--out", "--quiet"], options).out, "");
  assertEquals(parseArgs([], options).quiet, false);
  assertEquals(parseArgs(["--quiet=false"], options).quiet, false);
  assertEquals<Args>(parseArgs(["--quiet", "false", "true"], options), { _: ["true"], quiet: false });
  assertEquals<Args>(parseArgs(["1", "a"], { string: ["_"] }), { _: ["1", "a"] });
});

Deno.test("numbers", () => {
  const { _: positional, seed, at } = parseArgs(["--seed", "0x10", "-1e3", "--at=-2.5", "1e-3", "1.2.3"]);
  assertEquals([seed, at, positional], [16, -2.5, [0.001, "1.2.3"]]);
});

Deno.test("defaults", () => {
  const args: Args = parseArgs(["--out", "x"], {
    string: ["out", "backend"],
    boolean: ["quiet"],
    default: { backend: "cpu", quiet: true },
  });
  assertEquals([args.out, args.backend, args.quiet], ["x", "cpu", true]);
});

Deno.test("an alias is set together with its name", () => {
  const args: Args = parseArgs(["-o", "1", "-q"], {
    string: ["out"],
    boolean: ["quiet"],
    alias: { out: "o", quiet: ["q", "silent"] },
  });
  assertEquals({ ...args }, { _: [], out: "1", o: "1", quiet: true, q: true, silent: true });
});

Deno.test("collect gathers, and is empty when absent", () => {
  const options = { string: ["only", "skip"], collect: ["only", "skip"] } as const;
  const args: Args = parseArgs(["--only", "a", "--only=2"], options);
  assertEquals([args.only, args.skip], [["a", "2"], []]);
});

Deno.test("negatable", () => {
  const args: Args = parseArgs(["--no-check", "--no-lock"], {
    boolean: ["check", "lock"],
    negatable: ["check"],
  });
  assertEquals([args.check, args.lock, args["no-lock"]], [false, false, true]);
  assertEquals(parseArgs(["--no-cap"], { string: ["cap"], negatable: ["cap"] }).cap, false);
});

Deno.test("unknown is told of what is not named, and may drop it", () => {
  const seen: unknown[] = [];
  const args: Args = parseArgs(["run", "--fast", "--out=x", "-k=v"], {
    string: ["out"],
    unknown: (arg, key, value) => {
      seen.push([arg, key, value]);
      return key === undefined;
    },
  });
  assertEquals({ ...args }, { _: ["run"], out: "x" });
  assertEquals(seen, [["run", undefined, undefined], ["--fast", "fast", true], ["-k=v", "k", "v"]]);
});

Deno.test("stopEarly leaves the rest alone", () => {
  assertEquals<Args>(parseArgs(["-v", "--x=1", "run", "--y", "2"], { boolean: ["v"], stopEarly: true }), {
    _: ["run", "--y", "2"],
    v: true,
    x: 1,
  });
});

Deno.test("-- ends the options", () => {
  assertEquals<Args>(parseArgs(["a", "--", "--b", "1"]), { _: ["a", "--b", "1"] });
  const args: Args = parseArgs(["a", "--", "--b", "1"], { "--": true });
  assertEquals([args._, args["--"]], [["a"], ["--b", "1"]]);
});

Deno.test("short options in one word", () => {
  const options = { string: ["s"], boolean: ["v"] } as const;
  assertEquals<Args>(parseArgs(["-vs", "1"], options), { _: [], v: true, s: "1" });
  assertEquals<Args>(parseArgs(["-s=1"], options), { _: [], s: "1", v: false });
  assertEquals<Args>(parseArgs(["-s12", "-"], options), { _: ["-"], s: "12", v: false });
});
