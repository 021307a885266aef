/** PyTorch on the CPU with one thread, in a process of its own, where this machine has it. */
import { Conversation } from "../../harness/conversation.ts";
import type { Variant } from "../../harness/run.ts";
import { attempt } from "../../harness/turns.ts";
import type { Case, Work } from "../../works/work.ts";

interface About {
  readonly version: string;
  /** What multiplies its matrices. */
  readonly blas: string;
  /** The names of the works that it does. */
  readonly works: readonly string[];
}

const PROGRAM = new URL("server.py", import.meta.url).pathname;
// All of its environment: what a BLAS is told here, of the kind of core or of threads, would count there too.
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

let started: Promise<Conversation<About> | Error> | undefined;

async function start(): Promise<Conversation<About> | Error> {
  const args = ["-B", PROGRAM], env = ONE_THREAD;
  let last = new Error("no python3");
  for (const command of ["python3", "/usr/bin/python3"]) {
    const begun = await attempt(() => Conversation.start<About>({ command, args, env }));
    if (!(begun instanceof Error)) return begun;
    last = begun;
  }
  return new Error(`not installed: ${last.message}`);
}

/** A case in PyTorch, which is started with the first. */
export async function torch({ name, onDevice }: Work, { given }: Case): Promise<Variant[]> {
  if (onDevice) return [];
  const there = await (started ??= start());
  if (there instanceof Error || !there.about.works.includes(name)) return [];
  return [{ library: "PyTorch", how: "eager", prepare: () => there.contender(name, given) }];
}

/** Which PyTorch measured, or why none did; nothing where it was not asked to. */
export async function torchVersion(): Promise<string | undefined> {
  const there = await started;
  if (there instanceof Error) return `left out (${there.message})`;
  return there && `${there.about.version} with ${there.about.blas}`;
}
