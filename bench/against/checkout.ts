/** A revision in a folder of its own, for as long as it is used. */
import { CommandError } from "../../demos/command_line.ts";
import { git, top } from "../harness/git.ts";

/** What is taken from this checkout, so that both are measured alike: the works, and what they read. */
const TAKEN = ["bench/works", "bench/harness", "bench/against", "demos/data"];

/** Checks a commit out into a temporary folder, with the works as they are here; it is gone after `use`. */
export async function withCheckout(commit: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tapegrad-bench-" });
  const remove = async () => {
    await git("worktree", "remove", "--force", folder);
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  const leave = () => void remove().then(() => Deno.exit(130));
  Deno.addSignalListener("SIGINT", leave);
  try {
    const { success, printed } = await git("worktree", "add", "--detach", "--force", folder, commit);
    if (!success) throw new CommandError(`Cannot check ${commit} out: ${printed}`);
    for (const path of TAKEN) await replace(`${folder}/${path}`, `${top}/${path}`);
    await use(folder);
  } finally {
    Deno.removeSignalListener("SIGINT", leave);
    await remove();
  }
}

async function replace(to: string, from: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
