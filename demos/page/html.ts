/** Text for between tags and in attributes. */
export function escape(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}

/** Text for the inside of a script element: what could end it is written so that it does not. */
export function inline(code: string): string {
  return code.replace(/<(?=\/script|!--)/gi, "\\u003c");
}
