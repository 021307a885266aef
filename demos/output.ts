import { UsageError } from "./command_line.ts";

/** Creates the directory that an option names where needed, and makes sure that a file can be written into it. */
export function prepareDirectory(directory: string, option = "--out"): void {
  try {
    Deno.mkdirSync(directory, { recursive: true });
    writeFile(`${directory}/.writable`, "");
    Deno.removeSync(`${directory}/.writable`);
  } catch (error) {
    throw new UsageError(
      `Cannot write to ${directory}: ${reason(error)}; name another directory with ${option}`,
    );
  }
}

/**
 * Writes a file whole or not at all: under a temporary name first, then renamed. Nothing runs between the
 * two, so only a crash of the machine or a kill can leave the temporary file, and never half of the real one.
 */
export function writeFile(path: string, text: string): void {
  const temporary = `${path}.${Deno.pid}.tmp`;
  try {
    Deno.writeTextFileSync(temporary, text);
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made; the first error says why.
    }
    throw error;
  }
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
    return "there is a file of that name";
  }
  return error instanceof Error ? error.message.replace(/\s*\(os error.*$/s, "") : String(error);
}

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
