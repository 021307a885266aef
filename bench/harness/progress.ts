/** Draws how far a run is over the last line of a terminal, or, with nothing to say, clears it; says nothing elsewhere. */
export function showProgress(text: string, part = 0): void {
  if (!Deno.stderr.isTerminal()) return;
  const line = text && `${String(Math.round(100 * part)).padStart(3)} % of ${text}`;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r${line}\x1b[K`));
}
