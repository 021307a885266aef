import { cpus } from "node:os";
import { clock } from "../peers/peak.ts";
import type { Machine } from "../report/figures.ts";
import { git } from "./git.ts";

/** Where this runs, on the processor or on a device. */
export async function machine({ onDevice }: { readonly onDevice: boolean }): Promise<Machine> {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await checkedOut(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    ...onDevice ? { adapter: await adapter() } : {},
    clock: clock(),
    load: Number(Deno.loadavg()[0].toFixed(1)),
  };
}

/** The commit that is checked out, with a word about changes to it; none outside of git. */
export async function checkedOut(): Promise<string | undefined> {
  const commit = await git("rev-parse", "--short", "HEAD");
  if (!commit.success) return undefined;
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  return commit.printed + (changes.printed ? " with changes" : "");
}

async function adapter(): Promise<string> {
  const { description, device } = (await navigator.gpu?.requestAdapter())?.info ?? {};
  return description || device || "an adapter without a name";
}
