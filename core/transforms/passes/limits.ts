/** What one kernel can hold. */
import type { Backend } from "../../device/backend.ts";
import { nodesOf } from "./cost.ts";
import type { Draft } from "./draft.ts";
import type { Nest } from "./nest.ts";
import { MOST_NODES, MOST_OPERANDS } from "./thumbs.ts";

/** The limits of kernels of a backend. */
export class Limits {
  readonly #operands: number;

  /** Those of a backend. */
  constructor({ mostOperands = MOST_OPERANDS }: Pick<Backend, "mostOperands">) {
    this.#operands = mostOperands;
  }

  /** Why a nest is too large for a kernel; `null` if it is not. */
  exceeds({ inputs, outputs, exprs }: Nest, draft: Draft): string | null {
    const memories = new Set([...inputs, ...outputs].map(({ value }) => value));
    const operands = [...memories].filter((value) => !draft.isNumber(value)).length;
    if (operands > this.#operands) {
      return `${operands} tensors are more than a kernel takes, ${this.#operands}`;
    }
    const nodes = nodesOf(exprs).size;
    return nodes > MOST_NODES ? `${nodes} terms are more than a kernel has, ${MOST_NODES}` : null;
  }
}
