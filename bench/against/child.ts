/**
 * Our side of the works as a process of its own, asked line by line on standard input. It is run from the checkout of
 * any revision, so it loads a work only when that is asked for: an older library may lack what another takes.
 */
import { useBackend } from "@tapegrad/tapegrad";
import { serve } from "../harness/serving.ts";
import type { Work } from "../works/work.ts";

const [name, threads] = Deno.args, settings = threads ? { threads: Number(threads) } : {};
await serve(
  async () => ({ backend: (await useBackend(name || undefined, { byFlag: true, ...settings })).name }),
  async ({ work: name, given, compiled }) => {
    const { work }: { work: Work } = await import(`../works/${name.replaceAll("-", "_")}.ts`);
    return (compiled ? work.compiled! : work.ours[0]).prepare(given);
  },
);
