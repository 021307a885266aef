import { CommandError } from "./command_line.ts";

/** A program with all that it imports, as one module for browsers. */
export async function bundle(path: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", path],
    cwd: import.meta.dirname,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  if (!success) throw new CommandError(`Cannot bundle ${path}: ${decode(stderr).trim()}`);
  return decode(stdout);
}
