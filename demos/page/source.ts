/** Programs as the page shows them. */
import { escape } from "./html.ts";

const KEYWORDS = "as async await const do else export for from function if import in interface let new of " +
  "readonly return type typeof undefined while";

/** What is told apart: comments, texts and words of the language; the names of the groups are classes. */
const PARTS = new RegExp(
  [
    String.raw`(?<comment>/\*.*?\*/|//[^\n]*)`,
    String.raw`(?<text>"(?:[^"\\\n]|\\.)*"|\x60(?:[^\x60\\]|\\.)*\x60)`,
    String.raw`(?<word>\b(?:${KEYWORDS.replaceAll(" ", "|")})\b)`,
  ].join("|"),
  "gs",
);

/** A program in TypeScript as HTML, its comments, texts and words marked. */
export function highlighted(program: string): string {
  let html = "", end = 0;
  for (const { 0: part, index, groups = {} } of program.matchAll(PARTS)) {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    html += `${escape(program.slice(end, index))}<span class="${kind}">${escape(part)}</span>`;
    end = index + part.length;
  }
  return html + escape(program.slice(end));
}
