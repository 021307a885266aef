/** How a training shows how far it is. */
import { described } from "@tapegrad/core";
import { type EpochRecord, validationName } from "./record.ts";

/**
 * A line that is drawn over itself, a line for each epoch, nothing, or whichever of the first two fits the place.
 *
 * @category Training
 */
export type ProgressKind = "auto" | "line" | "epochs" | "silent";

/** What is shown while an epoch goes on. */
export interface BatchProgress {
  /** The epoch, from 1, and how many there are. */
  readonly epoch: number;
  readonly epochs: number;
  /** How many batches are done, and how many there are, where that is known. */
  readonly batch: number;
  readonly batches: number | null;
  /** How many samples were trained on in how many seconds. */
  readonly samples: number;
  readonly seconds: number;
  /** The mean loss so far. */
  readonly loss: number;
}

/** A terminal. */
export interface Terminal {
  /** How wide it is. */
  readonly columns?: number;
  /** Whether it may be coloured. */
  readonly colours: boolean;
  write(text: string): unknown;
}

/** What shows progress. */
export interface Progress {
  batch(at: BatchProgress): void;
  epoch(record: EpochRecord, epochs: number): void;
  note(text: string): void;
  /** Leaves the terminal as it should be. */
  end(): void;
}

/** What decides how progress is shown. */
export interface ProgressOptions {
  readonly progress?: ProgressKind;
  readonly verbose?: boolean;
  readonly log?: (line: string) => void;
}

const kinds = ["auto", "line", "epochs", "silent"];

/** Refuses kinds that there are not. */
export function checkProgress({ progress }: ProgressOptions): void {
  if (progress === undefined || kinds.includes(progress)) return;
  throw new TypeError(`Cannot show progress as ${described(progress)}: choose ${kinds.join(", ")}`);
}

/** What shows progress as it was asked for, and as the place allows. */
export function progressOf({ progress = "auto", verbose = true, log }: ProgressOptions): Progress {
  if (!verbose || progress === "silent") return silent;
  const terminal = log || progress === "epochs" ? null : terminalHere(progress === "line");
  // A sink that is there for it: nn writes nowhere unless it is asked to show how it goes.
  // deno-lint-ignore no-console
  return terminal ? new ProgressLine(terminal) : new EpochLines(log ?? ((line) => console.log(line)));
}

const nothing = (): void => {};
const silent: Progress = { batch: nothing, epoch: nothing, note: nothing, end: nothing };

interface Host {
  readonly Deno?: { readonly noColor: boolean };
  readonly process?: {
    readonly stdout?: { readonly isTTY?: boolean; readonly columns?: number; write?(text: string): unknown };
    readonly env?: Readonly<Record<string, string | undefined>>;
  };
}

function terminalHere(isForced: boolean): Terminal | null {
  const { Deno, process } = globalThis as unknown as Host, stdout = process?.stdout;
  if (!stdout?.write || !(stdout.isTTY || isForced)) return null;
  // Deno asks for a permission before it tells the environment.
  const colours = !(Deno ? Deno.noColor : process?.env?.NO_COLOR);
  return {
    get columns() {
      return stdout.columns;
    },
    colours,
    write: (text) => stdout.write!(text),
  };
}

/** A line for each epoch. */
export class EpochLines implements Progress {
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  batch(): void {}

  epoch(record: EpochRecord, epochs: number): void {
    this.#log(epochLine(record, epochs));
  }

  note(text: string): void {
    this.#log(text);
  }

  end(): void {}
}

/** Milliseconds between two drawings of the line. */
const APART = 100;

/** A line that is drawn over itself, and at the end of an epoch becomes that of {@link EpochLines}. */
export class ProgressLine implements Progress {
  readonly #terminal: Terminal;
  #drawnAt = -Infinity;
  #isDrawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  batch(at: BatchProgress): void {
    const now = performance.now();
    if (now - this.#drawnAt < APART) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const { columns, colours } = this.#terminal;
    // One whose size nobody told says 0.
    const line = batchLine(at).slice(0, (columns || 80) - 1);
    this.#terminal.write(`\r${colours ? `\x1b[2m${line}\x1b[0m` : line}\x1b[K`);
  }

  epoch(record: EpochRecord, epochs: number): void {
    this.note(epochLine(record, epochs));
  }

  note(text: string): void {
    this.end();
    this.#terminal.write(`${text}\n`);
  }

  end(): void {
    if (this.#isDrawn) this.#terminal.write("\r\x1b[K");
    this.#isDrawn = false;
  }
}

const WIDTH = 20;

/** `epoch 2/10 ━━━━━━━───── 34/120  loss 0.4312  1,234 samples/s  0:12 left`. */
export function batchLine(at: BatchProgress): string {
  const { epoch, epochs, batch, batches, samples, seconds, loss } = at;
  const rate = samples / Math.max(seconds, 1e-9),
    filled = batches === null ? 0 : Math.round(WIDTH * batch / batches);
  const bar = batches === null ? [`batch ${batch}`] : [
    `${"━".repeat(Math.min(filled, WIDTH))}${"─".repeat(Math.max(WIDTH - filled, 0))} ${batch}/${batches}`,
  ];
  const left = batches === null ? [] : [`${clock((batches - batch) * seconds / batch)} left`];
  const shown = Number.isFinite(loss) ? [`loss ${short(loss)}`] : [];
  return [
    `epoch ${epoch}/${epochs} ${bar}`,
    ...shown,
    `${Math.round(rate).toLocaleString("en-US")} samples/s`,
    ...left,
  ]
    .join("  ");
}

/** `epoch 2/10: loss 0.4312, validationLoss 0.4, accuracy 0.91, 1.2 s`. */
export function epochLine(
  { epoch, loss, validationLoss, metrics, seconds }: EpochRecord,
  epochs: number,
): string {
  const values = Object.entries({ loss, [validationName("loss")]: validationLoss, ...metrics });
  const shown = values.flatMap(([name, value]) => value === undefined ? [] : [`${name} ${short(value)}`]);
  return `epoch ${epoch}/${epochs}: ${[...shown, took(seconds)].join(", ")}`;
}

function took(seconds: number): string {
  return seconds < 100 ? `${Number(seconds.toPrecision(2))} s` : clock(seconds);
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function clock(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0), two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}
