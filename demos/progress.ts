/** A line that says how far a run is. It is drawn over itself on a terminal, and not at all elsewhere. */
export class Progress {
  readonly #shown: boolean;
  readonly #dim: (text: string) => string;

  constructor({ quiet = false }: { quiet?: boolean } = {}) {
    this.#shown = !quiet && Deno.stdout.isTerminal();
    this.#dim = Deno.noColor ? (text) => text : (text) => `\x1b[2m${text}\x1b[0m`;
  }

  /** Shows a label with the part that is done, and lets pending signals and timers have a turn. */
  async show(label: string, part: number): Promise<void> {
    if (this.#shown) {
      const done = Math.round(20 * part);
      this.#write(`\r${this.#dim(`${"━".repeat(done)}${"─".repeat(20 - done)} ${label}`)}\x1b[K`);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  clear(): void {
    if (this.#shown) this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}
