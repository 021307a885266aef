/** The Python of this machine. */
import { assert } from "@std/assert";

/** What a run of a script prints by a Python that has the modules it imports; undefined where there is none. */
export async function asked(script: string, ...args: readonly string[]): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    // It needs none of what this process was given.
    const command = new Deno.Command(python, { args: [script, ...args], clearEnv: true });
    const ran = await command.output().catch(() => undefined); // no such program, or no permission to run it
    if (ran === undefined) continue;
    const [out, errors] = [ran.stdout, ran.stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (ran.success) return out.trim();
    assert(errors.includes("No module named"), errors);
  }
}
