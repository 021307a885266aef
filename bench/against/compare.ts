/** This checkout against a revision of it. */
import { CommandError, type Where } from "../../demos/command_line.ts";
import { git, top } from "../harness/git.ts";
import { checkedOut } from "../harness/machine.ts";
import { Conversation } from "../harness/conversation.ts";
import type { Variant } from "../harness/run.ts";
import { type Chosen, runAll } from "../harness/run_all.ts";
import { attempt, type RunOptions } from "../harness/turns.ts";
import { comparison } from "./table.ts";
import { withCheckout } from "./checkout.ts";

/** What a process of a revision says of itself. */
interface About {
  readonly backend: string;
}

const ENVIRONMENT = "--allow-env=TAPEGRAD_BACKEND";

/** How two revisions are compared. */
type Options = Pick<RunOptions, "rounds" | "pace"> & Pick<Where, "backend" | "threads">;

/** Measures cases in a process of this checkout and in one of a commit, in turns, and prints both. */
export async function compareWith(commit: string, cases: readonly Chosen[], options: Options): Promise<void> {
  const short = (await git("rev-parse", "--short", commit)).printed;
  await withCheckout(commit, async (folder) => {
    const current = await checkedOut() ?? "this checkout";
    const here = await start(top, current, options), there = await start(folder, short, options);
    const rows = await runAll(cases, options, ({ work, one }) => {
      const [ours, theirs] = [here, there].map((side): Variant => ({
        library: "tapegrad",
        how: side.about.backend,
        prepare: () => side.contender(work.name, one.given, { compiled: one.compiled }),
      }));
      return Promise.resolve({ ours, peers: [theirs] });
    });
    await Promise.all([here.close(), there.close()]);
    console.log(comparison(rows, {
      here: `${current} on ${here.about.backend}`,
      there: `${short} on ${there.about.backend}`,
      rounds: options.rounds,
    }));
  });
}

async function start(
  folder: string,
  revision: string,
  { backend = "", threads = "" }: Options,
): Promise<Conversation<About>> {
  const args = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--allow-read", ENVIRONMENT];
  const child = `${folder}/bench/against/child.ts`;
  const begun = await attempt(() =>
    Conversation.start<About>({
      command: Deno.execPath(),
      args: [...args, child, backend, threads],
      cwd: folder,
    })
  );
  if (begun instanceof Error) throw new CommandError(`Cannot measure ${revision}: ${begun.message}`);
  return begun;
}
