/** PyTorch on the CPU, in processes of their own, where this machine has it. */
import { Conversation } from "../../harness/conversation.ts";
import type { Contender } from "../../harness/measure.ts";
import type { Variant } from "../../harness/run.ts";
import { attempt } from "../../harness/turns.ts";
import type { Case, Given, Work, WorkName } from "../../works/work.ts";

interface About {
  readonly version: string;
  /** What multiplies its matrices. */
  readonly blas: string;
  readonly threads: number;
  /** The names of the works that it does. */
  readonly works: readonly string[];
}

type Process = Conversation<About> | Error;

/** How many threads it has, and all that its process finds in its environment. */
interface Setting {
  readonly how: string;
  readonly env: Readonly<Record<string, string>>;
}

const PROGRAM = new URL("server.py", import.meta.url).pathname;

// What a BLAS is told here, of the kind of core or of threads, would count there too.
const oneThread: Setting = { how: "eager", env: threads(1) };

/** How it is measured too where several threads may pay. */
const others: readonly Setting[] = [
  { how: "as installed", env: {} },
  { how: "two threads that sleep", env: { ...threads(2), OMP_WAIT_POLICY: "PASSIVE" } },
];

function threads(n: number): Record<string, string> {
  return { OMP_NUM_THREADS: `${n}`, OPENBLAS_NUM_THREADS: `${n}`, MKL_NUM_THREADS: `${n}` };
}

const started = new Map<Setting, Promise<Process>>();

/** The process of a setting, which the first who asks for it starts. */
function processOf(setting: Setting): Promise<Process> {
  const there = started.get(setting) ?? start(setting);
  started.set(setting, there);
  return there;
}

async function start({ env }: Setting): Promise<Process> {
  const args = ["-B", PROGRAM];
  let last = new Error("no python3");
  for (const command of ["python3", "/usr/bin/python3"]) {
    const begun = await attempt(() => Conversation.start<About>({ command, args, env }));
    if (!(begun instanceof Error)) return begun;
    last = begun;
  }
  return new Error(`not installed: ${last.message}`);
}

/** A case whose memory counts, in a process of its own. */
async function alone(name: WorkName, given: Given[WorkName]): Promise<Contender> {
  const there = await start(oneThread);
  if (there instanceof Error) throw there;
  return { ...there.contender(name, given), close: () => void there.close() };
}

/** A case in PyTorch, on one thread and, where the case says so, on more. */
export async function torch(
  { name, onDevice, unit }: Work,
  { given, compiled, threads = false }: Case,
): Promise<Variant[]> {
  if (onDevice) return [];
  const isWeighed = unit === "MiB", variants: Variant[] = [];
  for (const setting of threads && !isWeighed ? [oneThread, ...others] : [oneThread]) {
    const there = await processOf(setting);
    if (there instanceof Error || !there.about.works.includes(name)) return [];
    const prepare = () => isWeighed ? alone(name, given) : there.contender(name, given, { compiled });
    variants.push({ library: "PyTorch", how: setting.how, prepare });
  }
  return variants;
}

/** Which PyTorch measured, or why none did; nothing where it was not asked to. */
export async function torchVersion(): Promise<string | undefined> {
  const there = await started.get(oneThread);
  if (there === undefined) return undefined;
  if (there instanceof Error) return `left out (${there.message})`;
  const { version, blas } = there.about, asInstalled = await started.get(others[0]);
  const own = asInstalled instanceof Conversation
    ? `, as installed with threads: ${asInstalled.about.threads}`
    : "";
  return `${version} with ${blas}${own}`;
}
