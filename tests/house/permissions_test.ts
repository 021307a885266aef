import { assertEquals } from "@std/assert";
import { packages, root } from "./packages.ts";
import { permitted } from "../permitted.ts";

const test = permitted("run");

/** Globals through which a module would look at the machine it runs on. */
const forbidden = ["Deno", "navigator", "process", "localStorage"];

const guard = `for (const name of ${JSON.stringify(forbidden)}) {
  Object.defineProperty(globalThis, name, {
    get() {
      throw new Error("Read " + name + " at import");
    },
  });
}`;

/** Runs a program with no permission at all, and returns what it has to complain of. */
async function complaint(program: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { success, stderr } = await child.output();
  return success ? "" : new TextDecoder().decode(stderr);
}

for (const { entries } of packages) {
  for (const specifier of entries.keys()) {
    test(`importing ${specifier} takes no permission and looks at nothing`, async () => {
      assertEquals(await complaint(`${guard}\nawait import(${JSON.stringify(specifier)});`), "");
    });
  }
}

test("the guard notices a module that looks", async () => {
  for (const name of forbidden) {
    const text = await complaint(`${guard}\nawait import("data:text/javascript,globalThis.${name}")`);
    assertEquals(text.includes(`Read ${name} at import`), true, text);
  }
});
