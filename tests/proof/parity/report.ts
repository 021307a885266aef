/** The table that the command prints. */
import { type Outcome, type Stage, stages } from "./compare.ts";

/** An operator that is not compared, with the reason, or `null` where there is none. */
export interface LeftOut {
  readonly op: string;
  readonly reason: string | null;
}

const widths = { op: 47, samples: 8, stage: 10 };

/** The first line of the table. */
export const heading: string = "operator".padEnd(widths.op) + "samples".padStart(widths.samples) + "  " +
  stages.map((stage) => stage.padEnd(widths.stage)).join("") + "worst error";

function cell({ tally }: Outcome, stage: Stage): string {
  const { passed, failed } = tally[stage];
  if (passed + failed === 0) return "-";
  return failed === 0 ? "ok" : `${failed} wrong`;
}

function isOutcome(result: Outcome | LeftOut): result is Outcome {
  return "tally" in result;
}

/** An operator's line, and lines for what went wrong; the first one, or all of them. */
export function row(result: Outcome | LeftOut, verbose = false): string {
  const name = result.op.padEnd(widths.op);
  if (!isOutcome(result)) {
    return `${name}${"-".padStart(widths.samples)}  ${
      result.reason === null ? "unknown: neither compared nor said why not" : `not covered: ${result.reason}`
    }`;
  }
  const { compared, skipped, failures, worst } = result;
  const count = `${compared}`.padStart(widths.samples);
  const cells = stages.map((stage) => cell(result, stage).padEnd(widths.stage)).join("");
  const notes = verbose
    ? [...failures, ...new Set(skipped.map((why) => `left out: ${why}`))]
    : failures.slice(0, 1);
  return [`${name}${count}  ${cells}${worst.toExponential(1)}`, ...notes.map((note) => `    ${note}`)].join(
    "\n",
  );
}

/** Counts operators as they come. */
export class Summary {
  #passed = 0;
  #failed = 0;
  #notCovered = 0;
  #unknown = 0;
  #samples = 0;
  #skipped = 0;

  /** Counts one operator. */
  add(result: Outcome | LeftOut): void {
    if (!isOutcome(result)) {
      if (result.reason === null) this.#unknown++;
      else this.#notCovered++;
      return;
    }
    this.#samples += result.compared;
    this.#skipped += result.skipped.length;
    if (result.failures.length > 0) this.#failed++;
    else if (result.compared === 0) this.#notCovered++;
    else this.#passed++;
  }

  /** How many operators there were. */
  get operators(): number {
    return this.#passed + this.#failed + this.#notCovered + this.#unknown;
  }

  /** Whether nothing failed and nothing was unknown. */
  get isGood(): boolean {
    return this.#failed + this.#unknown === 0;
  }

  /** The counts in a line. */
  line(): string {
    const left = this.#skipped > 0 ? `, ${this.#skipped} left out` : "";
    return `${this.operators} operators: ${this.#passed} passed, ${this.#failed} failed, ` +
      `${this.#notCovered} not covered, ${this.#unknown} unknown; ${this.#samples} samples${left}`;
  }
}
