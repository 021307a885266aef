/** A key in a text of JSON. */
export interface JSONKey {
  readonly key: string;
  /** How many objects it is in. */
  readonly depth: number;
  /** Whether its object had it before, which `JSON.parse` passes over. */
  readonly isAgain: boolean;
  /** Where in the text. */
  readonly at: number;
}

/** The keys in a text that is known to be JSON, in their order. */
export function* keysOf(text: string): Generator<JSONKey> {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") open.push(new Set());
    else if (text[at] === "}") open.pop();
    else if (text[at] === '"') {
      const end = stringEnd(text, at);
      if (isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)), own = open.at(-1)!;
        yield { key, depth: open.length, isAgain: own.has(key), at };
        own.add(key);
      }
      at = end - 1;
    }
  }
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text[at] ?? "")) at++;
  return text[at] === ":";
}
