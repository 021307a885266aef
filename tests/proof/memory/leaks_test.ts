import { grad, isFloating, memory, ready, scope, sum, type Tensor } from "@tapegrad/core";
import { assertEquals, equal } from "@std/assert";
import { backend } from "../../backend_traits.ts";
import { leaves, outputsOf } from "../gradients/checks.ts";
import { type Row, table, title } from "../../table/table.ts";

function total(outputs: readonly Tensor[]): Tensor | null {
  return outputs.filter((y) => y.requiresGrad).map((y) => sum(y)).reduce<Tensor | null>(
    (a, b) => a?.add(b) ?? b,
    null,
  );
}

/** What one training step does: forward, backward, and the same to second order by functions. */
function step(row: Row, inputs: Tensor[]): void {
  const fn = outputsOf(row.call);
  scope(() => {
    total([row.call(...inputs)].flat())?.backward();
    if (row.why !== undefined) return;
    const scalar = (xs: Tensor[]): Tensor => total(fn(...xs))!;
    const slope = (xs: Tensor[]): Tensor =>
      grad(scalar)(xs).filter((g) => isFloating(g.dtype)).map((g) => sum(g.mul(g))).reduce((a, b) =>
        a.add(b)
      );
    grad(slope)(inputs);
  });
}

/** A step, until what is computed on the host is there. */
async function settled(row: Row, inputs: Tensor[]): Promise<void> {
  step(row, inputs);
  await ready();
}

/** How often a step may hold something else after it than before, as the collector takes constants of earlier rows. */
const MOST_COLLECTED = 3;

/** Two steps leave what was held as it was. A leak is there each time, what is collected meanwhile is not. */
async function assertHolds(step: () => Promise<void>): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const held = [memory(), backend.memory()];
    for (let i = 0; i < 2; i++) await step();
    const now = [memory(), backend.memory()];
    if (attempt === MOST_COLLECTED || equal(now, held)) return assertEquals(now, held);
  }
}

for (const row of table) {
  Deno.test(`no buffer stays behind ${title(row)}`, async () => {
    const before = memory();
    const inputs = scope(() => leaves(row));
    // The first makes the gradients that stay, which are shared constants if no more was to be done.
    for (let i = 0; i < 3; i++) await settled(row, inputs);
    await assertHolds(() => settled(row, inputs));
    for (const x of inputs) {
      scope(() => x.setGrad(null));
      x.dispose();
    }
    assertEquals(memory(), before);
  });
}
