import { Foresight } from "./foresight.ts";
import { showProgress } from "./progress.ts";
import { type Match, type Row, runCase } from "./run.ts";
import type { RunOptions } from "./turns.ts";

/** A work and one of its cases. */
export type Chosen = Pick<Match, "work" | "one">;

/** Runs cases one after the other, each by whom `sides` names, and shows how far it is. */
export async function runAll(
  cases: readonly Chosen[],
  options: Omit<RunOptions, "progress">,
  sides: (chosen: Chosen) => Promise<Omit<Match, keyof Chosen>>,
): Promise<Row[]> {
  const rows: Row[] = [], foresight = new Foresight();
  for (const chosen of cases) {
    const { work, one } = chosen, name = [work.name, one.label, one.dtype].filter(Boolean).join(" ");
    const progress = (part: number) => showProgress(`${name}, ${rows.length + 1} of ${cases.length}`, part);
    progress(0);
    const { ours, peers } = await sides(chosen);
    const bearable = peers.map((peer) => foresight.of(peer, chosen, options.pace.longest));
    const row = await runCase({ ...chosen, ours, peers: bearable }, { ...options, progress });
    foresight.note(chosen, row);
    rows.push(row);
  }
  showProgress("");
  return rows;
}
