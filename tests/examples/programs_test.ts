/** The programs of `examples/`: each runs with no more permission than it says, and asserts what it finds. */
import { assert, assertEquals } from "@std/assert";
import { root } from "../house/packages.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "run");

/**
 * Each program, and what it is permitted. `deno task test:install` opens the page, and runs the server in Node; `deno
 * task notebook --check` runs the notebook.
 */
const programs: readonly (readonly [file: string, ...permissions: string[]])[] = [
  ["curve_fitting.ts"],
  ["custom_op.ts"],
  ["images.ts", "--allow-read=examples/data"],
  ["server.mjs", "--allow-net=127.0.0.1"],
  ["tabular.ts", "--allow-read=examples/data"],
  ["text.ts"],
  ["time_series.ts"],
  ["transfer.ts", "--allow-read=examples/data"],
];

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

for (const [file, ...permissions] of programs) {
  test(`the example ${file} finds what it says`, async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", ...permissions, `examples/${file}`],
      cwd: root,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, decode(stderr));
    assertEquals(decode(stderr), "");
    const lines = decode(stdout).trimEnd().split("\n").length;
    assert(lines < 20, `it prints ${lines} lines`);
  });
}

test("the table of examples/README.md has each program", async () => {
  const listed = decode(await Deno.readFile(new URL("examples/README.md", root)))
    .matchAll(/^\| \[(\w+)\]/gm).map(([, name]) => name).toArray();
  const there = (await Array.fromAsync(Deno.readDir(new URL("examples/", root))))
    .map(({ name }) => name).filter((name) => name !== "README.md" && name !== "data");
  assertEquals(listed.toSorted(), there.map((name) => name.replace(/\.\w+$/, "")).sort());
  assertEquals(programs.filter(([file]) => !listed.includes(file.replace(/\.\w+$/, ""))), []);
});
