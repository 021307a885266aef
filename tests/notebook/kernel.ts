// deno-lint-ignore-file camelcase -- the protocol's names
/** Deno's own Jupyter kernel, and what it says of the cells that it is given. */
import { CommandError } from "../../demos/command_line.ts";
import type { Output } from "./document.ts";
import { type Message, messageOf, request } from "./messages.ts";
import { Connection } from "./zmtp.ts";

/** How long a cell may take, and how long the kernel to answer at first. */
const CELL = 60_000, START = 20_000;
/** How long between two attempts. */
const PAUSE = 20;

/** A kernel in a process of its own, which ends with it. */
export class Kernel {
  readonly #child: Deno.ChildProcess;
  readonly #requests: Connection;
  readonly #told: Connection;
  readonly #key: string;
  #count = 0;

  private constructor(child: Deno.ChildProcess, requests: Connection, told: Connection, key: string) {
    [this.#child, this.#requests, this.#told, this.#key] = [child, requests, told, key];
  }

  /** Starts one in a folder, whose `deno.json` it heeds. */
  static async start(folder: URL, backend: string): Promise<Kernel> {
    const key = crypto.randomUUID(), ports = Array.from({ length: 5 }, freePort);
    const file = await Deno.makeTempFile({ dir: "/tmp", suffix: ".json" });
    await Deno.writeTextFile(file, JSON.stringify(placesOf(ports, key)));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd: folder,
      env: { NO_COLOR: "1", TAPEGRAD_BACKEND: backend },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const [requests, told] = [await connected(ports[0], "DEALER"), await connected(ports[1], "SUB")];
      const kernel = new Kernel(child, requests, told, key);
      await within(START, "Deno's kernel does not answer", kernel.#begin());
      return kernel;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    } finally {
      await Deno.remove(file);
    }
  }

  // What is told before it knows who listens is lost, so that it is asked until something is heard.
  async #begin(): Promise<void> {
    let heard = false;
    const first = this.#told.receive().then(() => heard = true);
    for (; !heard; await pause()) await this.#ask("kernel_info_request", {});
    await first;
  }

  async #ask(type: string, content: object): Promise<string> {
    const id = `${type} ${++this.#count}`;
    await this.#requests.send(request(id, type, content, this.#key));
    return id;
  }

  /** What it says while it runs some code. */
  async run(code: string): Promise<Output[]> {
    return await within(CELL, `it did not end within ${CELL / 1000} s`, this.#outputsOf(code));
  }

  // It may say that it is idle before all is said. So it is then asked to print a word: what comes before that, and
  // before it is idle again, is of the code.
  async #outputsOf(code: string): Promise<Output[]> {
    const said: Output[] = [], word = crypto.randomUUID();
    const request = await this.#execute(code);
    await this.#until(request, () => true, said);
    const failure = await this.#failureOf(request);
    const isSaid = () => said.some((output) => output.output_type === "stream" && output.text.includes(word));
    await this.#until(await this.#execute(`console.log("${word}")`), isSaid, said);
    // Of what is no program the reply alone says so.
    if (failure && !said.some((output) => output.output_type === "error")) said.push(failure);
    return said.map((output) => without(`${word}\n`, output)).filter((output) => !isEmpty(output));
  }

  #execute(code: string): Promise<string> {
    return this.#ask("execute_request", { code, silent: false, store_history: true, allow_stdin: false });
  }

  async #failureOf(request: string): Promise<Output | null> {
    for (;;) {
      const { parent, content } = messageOf(await this.#requests.receive());
      if (parent !== request) continue;
      return content.status === "error" ? outputOf("error", content) : null;
    }
  }

  /** Collects what is said until it is idle after a request, and something else is so. */
  async #until(request: string, isDone: () => boolean, said: Output[]): Promise<void> {
    for (let idle = false; !idle || !isDone();) {
      const message = messageOf(await this.#told.receive());
      addOutput(said, message);
      idle ||= message.parent === request && message.content.execution_state === "idle";
    }
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#requests.close();
    this.#told.close();
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What the kernel is told of where it is to listen, and of how messages are signed. */
function placesOf(
  [shell_port, iopub_port, stdin_port, control_port, hb_port]: readonly number[],
  key: string,
): object {
  const places = { shell_port, iopub_port, stdin_port, control_port, hb_port };
  return {
    ...places,
    transport: "tcp",
    ip: "127.0.0.1",
    key,
    signature_scheme: "hmac-sha256",
    kernel_name: "deno",
  };
}

async function connected(port: number, type: "DEALER" | "SUB"): Promise<Connection> {
  for (const until = performance.now() + START;; await pause()) {
    try {
      return await Connection.open(port, type);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      if (performance.now() > until) throw new CommandError("Deno's kernel cannot be reached");
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

async function within<T>(milliseconds: number, otherwise: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CommandError(otherwise)), milliseconds);
  });
  promise.catch(() => {}); // where nobody waits for it any more
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a file keeps of the messages that are outputs, in its order. */
const kept: Readonly<Record<string, readonly string[]>> = {
  stream: ["name", "text"],
  display_data: ["data", "metadata"],
  execute_result: ["data", "execution_count", "metadata"],
  error: ["ename", "evalue", "traceback"],
};

function without(word: string, output: Output): Output {
  return output.output_type === "stream" ? { ...output, text: output.text.replace(word, "") } : output;
}

function isEmpty(output: Output): boolean {
  return output.output_type === "stream" && output.text === "";
}

function outputOf(type: string, content: Message["content"]): Output {
  return {
    output_type: type,
    ...Object.fromEntries(kept[type].map((field) => [field, content[field]])),
  } as Output;
}

function addOutput(outputs: Output[], { type, content }: Message): void {
  if (!Object.hasOwn(kept, type)) return;
  const output = outputOf(type, content), last = outputs.at(-1);
  if (output.output_type !== "stream" || last?.output_type !== "stream" || last.name !== output.name) {
    outputs.push(output);
  } else outputs[outputs.length - 1] = { ...last, text: last.text + output.text };
}
