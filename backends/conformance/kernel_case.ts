/** One kernel on given operands, on the backend under test and on the reference. */
import type { DType, TypedArray } from "@tapegrad/core";
import { judge } from "./judge.ts";
import { type KernelRun, type Operands, Placed, type SeveralCall } from "./kernel_run.ts";
import type { Draft, Session } from "./session.ts";
import type { Outcome, Subject } from "./types.ts";

/** A case that runs one kernel; `make` is asked for it when it is run. */
export function kernelCase(
  op: string,
  dtype: DType,
  detail: string,
  make: () => KernelRun | Promise<KernelRun>,
): Draft {
  return { op, dtype, detail, run: (session) => runKernel(session, { op, dtype, detail }, make()) };
}

async function runKernel(
  session: Session,
  subject: Subject,
  made: KernelRun | Promise<KernelRun>,
): Promise<Outcome> {
  // Awaited only if need be, so that cases begin and then read together.
  const run = made instanceof Promise ? await made : made;
  const call: SeveralCall = (backend, inputs, [output]) => run.call(backend, inputs, output);
  const [output] = await resultsOf(session, { inputs: run.inputs, outputs: [run.output] }, call);
  return judge(session, subject, run, output);
}

/** What a kernel of several outputs leaves in the whole buffer of each. It may change no other. */
export async function resultsOf(
  session: Session,
  operands: Operands,
  call: SeveralCall,
): Promise<readonly TypedArray[]> {
  const { inputs, outputs } = operands, placed = new Placed(session.backend, operands);
  try {
    placed.call(call);
    const wholes = await session.read(placed.wholes());
    inputs.forEach(({ data, dtype }, i) => {
      if (outputs.some((output) => output.data === data)) return;
      expectUnchanged(wholes[outputs.length + i], data, `input ${i} of ${dtype}`);
    });
    return wholes.slice(0, outputs.length);
  } finally {
    placed.free();
  }
}

function expectUnchanged(after: TypedArray, before: TypedArray, what: string): void {
  const at = after.findIndex((x, i) => !Object.is(x, before[i]));
  if (at >= 0) throw new Error(`It wrote ${after[at]} over ${before[at]} at place ${at} of ${what}`);
}
