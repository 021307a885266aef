/**
 * Our side of the works as a process of its own, asked line by line on standard input. It is run from the checkout of
 * any revision, so it loads a work only when that is asked for: an older library may lack what another takes.
 */
import { useBackend } from "@tapegrad/tapegrad";
import { linesOf, type Request } from "../harness/conversation.ts";
import type { Contender } from "../harness/measure.ts";
import { attempt } from "../harness/turns.ts";
import type { Work } from "../works/work.ts";

async function prepare({ work: name, given, compiled }: Request): Promise<Contender> {
  const { work }: { work: Work } = await import(`../works/${name.replaceAll("-", "_")}.ts`);
  return (compiled ? work.compiled! : work.ours[0]).prepare(given);
}

async function reply(request: Request): Promise<unknown> {
  const key = JSON.stringify([request.work, request.given, request.compiled]), { pace } = request;
  if (key !== asked) {
    contender?.close?.();
    contender = await prepare(request);
    asked = key;
  }
  return pace ? await contender!.measure(pace) : Array.from(await contender!.answer());
}

let asked = "", contender: Contender | undefined;

async function say(value: () => Promise<unknown>): Promise<void> {
  const said = await attempt(value);
  console.log(JSON.stringify(said instanceof Error ? { error: said.message } : { value: said }));
}

const [name, threads] = Deno.args, settings = threads ? { threads: Number(threads) } : {};
await say(async () => ({
  backend: (await useBackend(name || undefined, { byFlag: true, ...settings })).name,
}));
for await (const line of linesOf(Deno.stdin.readable)) await say(() => reply(JSON.parse(line)));
