import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../demos/command_line.ts";
import { prepareDirectory, writeFile } from "../../demos/output.ts";

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

Deno.test("a file is written whole, over the one before, and leaves nothing beside it", () => {
  const directory = Deno.makeTempDirSync();
  writeFile(`${directory}/a.txt`, "first");
  writeFile(`${directory}/a.txt`, "second");
  assertEquals(Deno.readTextFileSync(`${directory}/a.txt`), "second");
  assertEquals(names(directory), ["a.txt"]);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("a write that fails leaves the file as it was, and nothing beside it", () => {
  const directory = Deno.makeTempDirSync();
  Deno.mkdirSync(`${directory}/taken/inside`, { recursive: true });
  assertThrows(() => writeFile(`${directory}/taken`, "text"));
  assertEquals(names(directory), ["taken"]);
  assertThrows(() => writeFile(`${directory}/missing/a.txt`, "text"), Deno.errors.NotFound);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("a directory is made with its parents, and one that cannot be is an error of one line", () => {
  const directory = Deno.makeTempDirSync();
  prepareDirectory(`${directory}/a/b`);
  assertEquals(names(`${directory}/a/b`), []);
  Deno.writeTextFileSync(`${directory}/file`, "");
  const error = assertThrows(() => prepareDirectory(`${directory}/file/b`), UsageError);
  assertStringIncludes(error.message, `Cannot write to ${directory}/file/b: `);
  assertEquals(error.message.includes("\n"), false);
  Deno.removeSync(directory, { recursive: true });
});
