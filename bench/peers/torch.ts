/** PyTorch in a child process that times itself, where this machine has it. */
import type { Contender } from "../measure.ts";
import type { Variant } from "../workload.ts";

interface Request {
  readonly dtype: "f32" | "f64";
  /** For how many milliseconds to measure; without it, the answer is asked for. */
  readonly budget?: number;
}

/** A conversation of one line each way. */
class Child {
  readonly version: string;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;

  private constructor(process: Deno.ChildProcess, lines: AsyncGenerator<string>, version: string) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = lines;
    this.version = version;
  }

  /** Starts the program under this Python, or gives nothing where there is no PyTorch. */
  static async start(python: string): Promise<Child | undefined> {
    try {
      const program = new URL("torch_gradient.py", import.meta.url).pathname;
      const command = new Deno.Command(python, {
        args: [program],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      });
      const process = command.spawn();
      const lines = linesOf(process.stdout);
      const { value } = await lines.next();
      if (value !== undefined) return new Child(process, lines, JSON.parse(value));
      await process.status;
    } catch {
      // No such program.
    }
    return undefined;
  }

  async ask<T>(request: Request): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error("PyTorch ended before it answered");
    return JSON.parse(value);
  }

  /** The end of its input ends it. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
  }
}

async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Experiment 1's gradient; PyTorch is started with each case, and timed in its turn as all others are. */
export function torchGradient(dtype: "f32" | "f64"): Variant {
  return {
    library: "PyTorch",
    how: "CPU, 1 thread",
    async prepare(): Promise<Contender> {
      const child = await Child.start("python3") ?? await Child.start("/usr/bin/python3");
      if (!child) throw new Error("not installed");
      return {
        how: `${child.version}, 1 thread`,
        answer: () => child.ask<number[]>({ dtype }),
        measure: (budget) => child.ask<number>({ dtype, budget }),
        close: () => child.close(),
      };
    },
  };
}
