/** Where works find what the library may lack, where that is an older revision: others name it, and would not load. */
import * as tapegrad from "@tapegrad/tapegrad";

type Compile = <Args extends unknown[], R>(fn: (...args: Args) => R) => (...args: Args) => R;

/** Our `compile`. A revision without one does what is not compiled, and says of the rest what it lacks. */
export const compile: Compile = (fn) => compileOf(tapegrad)(fn);

/** The `compile` of a library. */
export function compileOf(library: { readonly compile?: unknown }): Compile {
  if (library.compile === undefined) throw new Error("the revision has no compile");
  return library.compile as Compile;
}
