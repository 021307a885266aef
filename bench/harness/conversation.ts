/** A process that measures for us: it is asked line by line, and times itself. */
import type { Contender, Pace } from "./measure.ts";
import type { Given, WorkName } from "../works/work.ts";

/** What such a process is asked, as a line of JSON: for its answer to a work, or, with a pace, for its time. */
export interface Request {
  readonly work: WorkName;
  readonly given: Given[WorkName];
  readonly pace?: Pace;
  /** Whether we are to do it compiled. */
  readonly compiled?: boolean;
}

/** What it says, in a line each. */
type Reply = { readonly value: unknown } | { readonly error: string };

/** A program and what it is started with. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** All that it finds in its environment; ours unless said. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A conversation of one line each way, which the process begins by telling about itself. */
export class Conversation<About> {
  readonly about: About;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;

  private constructor(process: Deno.ChildProcess, lines: AsyncGenerator<string>, about: About) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = lines;
    this.about = about;
  }

  /** Starts a program; one that does not speak fails with what it printed. */
  static async start<About>({ command, args, env, cwd }: Program): Promise<Conversation<About>> {
    const process = new Deno.Command(command, {
      args: [...args],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      clearEnv: env !== undefined,
      env: { ...env },
    }).spawn();
    const printed = new Response(process.stderr).text();
    const lines = linesOf(process.stdout), { value } = await lines.next();
    if (value !== undefined) return new Conversation(process, lines, valueOf<About>(value));
    // Lines that are indented say where it was.
    throw new Error((await printed).match(/^\S*error\b.*$/gim)?.at(-1) ?? `${command} said nothing`);
  }

  async ask<Value>(request: Request): Promise<Value> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error("the process ended before it answered");
    return valueOf<Value>(value);
  }

  /** A work that is done there. */
  contender(work: WorkName, given: Given[WorkName], how: Pick<Request, "compiled"> = {}): Contender {
    return {
      answer: () => this.ask<number[]>({ work, given, ...how }),
      measure: (pace) => this.ask<number>({ work, given, pace, ...how }),
    };
  }

  /** The end of its input ends it. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
  }
}

function valueOf<Value>(line: string): Value {
  const reply: Reply = JSON.parse(line);
  if ("error" in reply) throw new Error(reply.error);
  return reply.value as Value;
}

/** The lines of a stream, as they come. */
export async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
