/**
 * Our side of the works as a process of its own, asked line by line on standard input. It is run from the checkout of
 * any revision, so it loads a work only when that is asked for: an older library may lack what another takes.
 */
import { useBackend } from "@tapegrad/tapegrad";
import { linesOf, type Request } from "../harness/conversation.ts";
import type { Contender } from "../harness/measure.ts";
import type { Work } from "../works/work.ts";

async function prepare({ work: name, given }: Request): Promise<Contender> {
  const { work }: { work: Work } = await import(`../works/${name.replaceAll("-", "_")}.ts`);
  return work.ours[0].prepare(given);
}

async function* replies(): AsyncGenerator<unknown> {
  const { name } = await useBackend(Deno.args[0]);
  yield { backend: name };
  let asked = "", contender: Contender | undefined;
  for await (const line of linesOf(Deno.stdin.readable)) {
    const request: Request = JSON.parse(line), key = JSON.stringify([request.work, request.given]);
    try {
      if (key !== asked) {
        contender?.close?.();
        contender = await prepare(request);
        asked = key;
      }
      const { pace } = request;
      yield pace ? await contender!.measure(pace) : Array.from(await contender!.answer());
    } catch (error) {
      yield error;
    }
  }
}

for await (const reply of replies()) {
  const said = reply instanceof Error ? { error: reply.message } : { value: reply };
  console.log(JSON.stringify(said));
}
