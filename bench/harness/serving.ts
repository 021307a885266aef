/** What a process does that measures for us: it is asked line by line on standard input. */
import { linesOf, type Request } from "./conversation.ts";
import type { Contender } from "./measure.ts";
import { attempt } from "./turns.ts";

/** Tells about itself, then answers until there are no more lines; of each work it has what was made for it last. */
export async function serve(
  about: () => Promise<unknown>,
  prepare: (request: Request) => Contender | Promise<Contender>,
): Promise<void> {
  let asked = "", contender: Contender | undefined;
  await say(about);
  for await (const line of linesOf(Deno.stdin.readable)) {
    await say(async () => {
      const request: Request = JSON.parse(line), { work, given, compiled, pace } = request;
      const key = JSON.stringify([work, given, compiled]);
      if (key !== asked) {
        contender?.close?.();
        contender = await prepare(request);
        asked = key;
      }
      return pace ? await contender!.measure(pace) : Array.from(await contender!.answer());
    });
  }
}

async function say(value: () => Promise<unknown>): Promise<void> {
  const said = await attempt(value);
  console.log(JSON.stringify(said instanceof Error ? { error: said.message } : { value: said }));
}
