/** This checkout against a revision of it. */
import { commitOf, git, top } from "../harness/git.ts";
import { checkedOut } from "../harness/machine.ts";
import { Conversation } from "../harness/conversation.ts";
import { showProgress } from "../harness/progress.ts";
import { type Match, type Row, runCase, type Variant } from "../harness/run.ts";
import type { RunOptions } from "../harness/turns.ts";
import { comparison } from "./table.ts";
import { withCheckout } from "./checkout.ts";

/** What a process of a revision says of itself. */
interface About {
  readonly backend: string;
}

type Chosen = Pick<Match, "work" | "one">;

/** Measures cases on a backend in a process of this checkout and in one of a revision, in turns, and prints both. */
export async function compareRevisions(
  revision: string,
  backend: string,
  cases: readonly Chosen[],
  options: Pick<RunOptions, "rounds" | "pace">,
): Promise<void> {
  const commit = await commitOf(revision);
  await withCheckout(commit, async (folder) => {
    const here = await start(top, backend), there = await start(folder, backend);
    const rows: Row[] = [];
    for (const { work, one } of cases) {
      const name = [work.name, one.label, one.dtype].filter(Boolean).join(" ");
      const progress = (part: number) => showProgress(`${name}, ${rows.length + 1} of ${cases.length}`, part);
      progress(0);
      const of = (side: Conversation<About>): Variant => ({
        library: "tapegrad",
        how: side.about.backend,
        prepare: () => side.contender(work.name, one.given),
      });
      rows.push(await runCase({ work, one, ours: of(here), peers: [of(there)] }, { ...options, progress }));
    }
    showProgress("");
    await Promise.all([here.close(), there.close()]);
    const short = await git("rev-parse", "--short", commit);
    console.log(
      comparison(rows, { here: await checkedOut() ?? "here", there: short.printed, backend, ...options }),
    );
  });
}

function start(folder: string, backend: string): Promise<Conversation<About>> {
  const child = `${folder}/bench/against/child.ts`;
  return Conversation.start<About>({
    command: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--allow-read", child, backend],
    cwd: folder,
  });
}
