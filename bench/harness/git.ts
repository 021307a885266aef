import { UsageError } from "../../demos/command_line.ts";

/** What git answered. */
export interface Answer {
  readonly success: boolean;
  readonly printed: string;
}

/** The top of the checkout that this is. */
export const top: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Asks git about the checkout; where there is no git, it fails as git does. */
export async function git(...args: readonly string[]): Promise<Answer> {
  try {
    const command = new Deno.Command("git", { args: ["-C", top, ...args], stdin: "null" });
    const { success, stdout, stderr } = await command.output();
    return { success, printed: new TextDecoder().decode(success ? stdout : stderr).trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { success: false, printed: "git is not installed" };
    throw error;
  }
}

/** The commit that a revision names; an error of usage where it names none. */
export async function commitOf(revision: string): Promise<string> {
  const inside = await git("rev-parse", "--is-inside-work-tree");
  if (!inside.success) {
    throw new UsageError(`Cannot compare with ${revision}: ${top} is no checkout of git (${inside.printed})`);
  }
  const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  if (found.success) return found.printed;
  throw new UsageError(`Unknown revision "${revision}": name a commit, a branch or a tag of this repository`);
}
