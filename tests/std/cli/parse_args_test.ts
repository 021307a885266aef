import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

Deno.test("without options all is guessed", () => {
  assertEquals(parseArgs(["--foo", "--bar=baz", "-n5", "-xy", "a.txt", "3"]), {
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
  const args = parseArgs(["--out", "12", "--quiet", "surface"], options);
  const out: string | undefined = args.out;
  const quiet: boolean = args.quiet;
  assertEquals([out, args.dtype, quiet, args._], ["12", undefined, true, ["surface"]]);
  assertEquals(parseArgs(["--out", "--quiet"], options).out, "");
  assertEquals(parseArgs([], options).quiet, false);
  assertEquals(parseArgs(["--quiet=false"], options).quiet, false);
  assertEquals(parseArgs(["--quiet", "false", "true"], options), { _: ["true"], quiet: false });
  assertEquals(parseArgs(["1", "a"], { string: ["_"] })._, ["1", "a"]);
});

Deno.test("numbers", () => {
  const { _: positional, seed, at } = parseArgs(["--seed", "0x10", "-1e3", "--at=-2.5", "1e-3", "1.2.3"]);
  assertEquals([seed, at, positional], [16, -2.5, [0.001, "1.2.3"]]);
});

Deno.test("defaults", () => {
  const args = parseArgs(["--out", "x"], {
    string: ["out", "backend"],
    boolean: ["quiet"],
    default: { backend: "cpu", quiet: true },
  });
  const backend: string = args.backend;
  assertEquals([args.out, backend, args.quiet], ["x", "cpu", true]);
});

Deno.test("an alias is set together with its name", () => {
  const args = parseArgs(["-o", "1", "-q"], {
    string: ["out"],
    boolean: ["quiet"],
    alias: { out: "o", quiet: ["q", "silent"] },
  });
  assertEquals({ ...args }, { _: [], out: "1", o: "1", quiet: true, q: true, silent: true });
});

Deno.test("collect gathers, and is empty when absent", () => {
  const options = { string: ["only", "skip"], collect: ["only", "skip"] } as const;
  const args = parseArgs(["--only", "a", "--only=2"], options);
  const only: string[] = args.only;
  assertEquals([only, args.skip], [["a", "2"], []]);
});

Deno.test("negatable", () => {
  const args = parseArgs(["--no-check", "--no-lock"], { boolean: ["check", "lock"], negatable: ["check"] });
  assertEquals([args.check, args.lock, args["no-lock"]], [false, false, true]);
  assertEquals(parseArgs(["--no-cap"], { string: ["cap"], negatable: ["cap"] }).cap, false);
});

Deno.test("unknown is told of what is not named, and may drop it", () => {
  const seen: unknown[] = [];
  const args = parseArgs(["run", "--fast", "--out=x", "-k=v"], {
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
  assertEquals(parseArgs(["-v", "--x=1", "run", "--y", "2"], { boolean: ["v"], stopEarly: true }), {
    _: ["run", "--y", "2"],
    v: true,
    x: 1,
  });
});

Deno.test("-- ends the options", () => {
  assertEquals(parseArgs(["a", "--", "--b", "1"]), { _: ["a", "--b", "1"] });
  const args = parseArgs(["a", "--", "--b", "1"], { "--": true });
  const rest: string[] = args["--"];
  assertEquals([args._, rest], [["a"], ["--b", "1"]]);
});

Deno.test("short options in one word", () => {
  const options = { string: ["s"], boolean: ["v"] } as const;
  assertEquals(parseArgs(["-vs", "1"], options), { _: [], v: true, s: "1" });
  assertEquals(parseArgs(["-s=1"], options), { _: [], s: "1", v: false });
  assertEquals(parseArgs(["-s12", "-"], options), { _: ["-"], s: "12", v: false });
});
