/** What consoles show of an object. */

/** Has consoles show the text of an object: a method under a symbol of its class would keep that in every bundle. */
export function showAsText(object: object): void {
  for (const name of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    Object.defineProperty(object, Symbol.for(name), { value: () => String(object) });
  }
}
