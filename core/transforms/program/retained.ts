/** What plans hold on devices, until whoever runs them is gone. */
import type { Backend } from "../../device/backend.ts";
import { count } from "../../device/memory.ts";
import type { Plan } from "../../device/plan.ts";

/** A plan whose memory the collector does not see. */
interface Held {
  readonly plan: Plan;
  readonly bytes: number;
}

const collected = /* @__PURE__ */ new FinalizationRegistry<Held>(release);

function release({ plan, bytes }: Held): void {
  plan[Symbol.dispose]();
  if (bytes > 0) count(-1, -bytes);
}

/** Has a plan disposed of with its owner, and counts what it holds meanwhile; gives how to do so before. */
export function retain(owner: object, plan: Plan, { managed }: Backend): () => void {
  if (managed === true) return () => plan[Symbol.dispose]();
  const held = { plan, bytes: plan.bytes };
  if (held.bytes > 0) count(1, held.bytes);
  collected.register(owner, held, owner);
  return () => {
    if (collected.unregister(owner)) release(held);
  };
}
