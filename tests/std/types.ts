/** What the types of `@std` refuse: with the stand-ins as with the real packages, or one of them is looser. */
import {
  type AnyConstructor,
  assertArrayIncludes,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { describe, it } from "@std/testing/bdd";

type Never = new (...args: never[]) => Error;
interface Defaults {
  readonly out: string;
}

/** Type checked and never called. */
export function refused(never: Never, text: string, defaults: Defaults, read: () => number): void {
  // @ts-expect-error: what takes no argument at all is no class of errors
  assertThrows(() => {}, never);
  // @ts-expect-error: nor here
  assertRejects(() => Promise.resolve(), never);
  // @ts-expect-error: nor is a class of something else
  assertThrows(() => {}, Map);
  // @ts-expect-error: what rejects gives a promise
  assertRejects(read, Error);
  // @ts-expect-error: what was thrown may be anything
  assertThrows(() => {}) satisfies Error;
  // @ts-expect-error: text is no list
  assertArrayIncludes(text, text);
  // @ts-expect-error: an object is no class
  assertInstanceOf(text, {});
  // @ts-expect-error: nor is a class that is abstract one that can be made
  Abstract satisfies AnyConstructor;
  // @ts-expect-error: a number is never a text
  assertEquals(1, text);
  // @ts-expect-error: the type of an option is not what the caller likes
  parseArgs([], { string: ["out"] }).out satisfies number;
  // @ts-expect-error: an option may be missing
  parseArgs([], { string: ["out"] }).out satisfies string;
  // @ts-expect-error: an interface is no record
  parseArgs([], { default: defaults });
  // @ts-expect-error: there is no such setting
  parseArgs([], { strings: ["out"] });
  // @ts-expect-error: a group is declared at once
  describe("later", async () => {});
  // @ts-expect-error: a test gives nothing
  it("counts", read);
}

declare abstract class Abstract {}
