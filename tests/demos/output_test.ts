import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CommandError, runCommand, UsageError } from "../../demos/command_line.ts";
import {
  checkReplaceable,
  probeDirectory,
  replaceDirectory,
  writeFile,
  writeFiles,
} from "../../demos/output.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "write");

function inTempDir(fn: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    fn(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** An error as Deno gives those of the system. */
function systemError(code: string, text: string): Error {
  return Object.assign(new Error(`${text} (os error 1): path`), { code });
}

/** The files below a directory with what is in them, and its empty directories. */
function contents(directory: string): Record<string, string> {
  const entries = [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    if (!isDirectory) return [[name, Deno.readTextFileSync(path)]];
    const inside = Object.entries(contents(path));
    return inside.length > 0 ? inside.map(([file, text]) => [`${name}/${file}`, text]) : [[`${name}/`, ""]];
  });
  return Object.fromEntries(entries.sort());
}

/** Runs `fn` on a disk that is full after so many bytes. */
function onFullDisk(bytes: number, fn: () => void): void {
  const { writeSync } = Deno.FsFile.prototype;
  let left = bytes;
  Deno.FsFile.prototype.writeSync = function (data): number {
    if (left === 0) throw systemError("ENOSPC", "No space left on device");
    const written = writeSync.call(this, data.subarray(0, left));
    left -= written;
    return written;
  };
  try {
    fn();
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
}

/** Runs `fn` where a file of this name cannot be moved into its place. */
function withoutRenamingTo(name: string, fn: () => void): void {
  const { renameSync } = Deno;
  let refused = false;
  Deno.renameSync = (from, to) => {
    if (!refused && String(to).endsWith(`/${name}`)) {
      refused = true;
      throw systemError("EACCES", "Permission denied");
    }
    renameSync(from, to);
  };
  try {
    fn();
  } finally {
    Deno.renameSync = renameSync;
  }
}

const before = new Map([["a.svg", "old a"], ["index.html", "old index"]]);
const after = new Map([["a.svg", "new a"], ["b.svg", "new b"], ["index.html", "new index"]]);

test("files are written whole, over those before, and nothing is left beside them", () => {
  inTempDir((directory) => {
    writeFiles(`${directory}/new`, before);
    writeFiles(`${directory}/new`, after);
    assertEquals(contents(`${directory}/new`), Object.fromEntries(after));
    writeFile(`${directory}/new/b.svg`, "newer");
    assertEquals(contents(`${directory}/new`), { ...Object.fromEntries(after), "b.svg": "newer" });
  });
});

test("what lies beside the files is left alone", () => {
  inTempDir((directory) => {
    Deno.writeTextFileSync(`${directory}/mine.txt`, "mine");
    writeFiles(directory, before);
    assertEquals(contents(directory)["mine.txt"], "mine");
  });
});

test("a disk that fills up on the way leaves all files as they were, in an error of one line", () => {
  for (const bytes of [0, 3, 8, 12]) {
    inTempDir((directory) => {
      writeFiles(directory, before);
      onFullDisk(bytes, () => {
        const { message, exitCode } = assertThrows(() => writeFiles(directory, after), CommandError);
        const says = `Cannot write 3 files to ${directory}: the disk is full; what was there is unchanged`;
        assertEquals([message, exitCode], [says, 1]);
      });
      assertEquals(contents(directory), Object.fromEntries(before));
    });
  }
});

test("a disk that fills up leaves no directory that was made for the files", () => {
  inTempDir((directory) => {
    onFullDisk(3, () => assertThrows(() => writeFiles(`${directory}/some/where`, after), CommandError));
    assertEquals(contents(directory), {});
    onFullDisk(3, () => {
      const error = assertThrows(() => writeFile(`${directory}/figures.json`, "{}  "), CommandError);
      assertStringIncludes(error.message, `Cannot write ${directory}/figures.json: the disk is full;`);
    });
    assertEquals(contents(directory), {});
  });
});

test("where one file cannot take its place, those before it are put back", () => {
  for (const name of after.keys()) {
    inTempDir((directory) => {
      writeFiles(directory, before);
      withoutRenamingTo(name, () => {
        const error = assertThrows(() => writeFiles(directory, after), CommandError);
        assertStringIncludes(error.message, "permission denied");
      });
      assertEquals(contents(directory), Object.fromEntries(before));
    });
  }
});

test("a directory in the place of a file is left alone, whatever is in it", () => {
  inTempDir((directory) => {
    for (const inside of ["index.html", "index.html/inside"]) {
      Deno.mkdirSync(`${directory}/${inside}`);
      const error = assertThrows(() => writeFiles(directory, after), CommandError);
      assertStringIncludes(error.message, "index.html is a directory there");
      assertEquals(contents(directory), { [`${inside}/`]: "" });
    }
  });
});

test("what a killed run left behind is cleared away, and nothing else", () => {
  const mine = ["mine.123.tmp", "notes.tmp", ".mine.tmp"];
  const stale = ["index.html.12.tmp", "surface.vl.json.3.tmp", "surface.svg.4567.tmp"];
  for (const clear of [writeFiles, (directory: string) => probeDirectory(directory)]) {
    inTempDir((directory) => {
      for (const name of [...mine, ...stale]) Deno.writeTextFileSync(`${directory}/${name}`, "");
      Deno.mkdirSync(`${directory}/.4321.tmp`);
      Deno.writeTextFileSync(`${directory}/.4321.tmp/index.html`, "half");
      clear(directory, new Map([["index.html", ""]]));
      const left = Object.keys(contents(directory)).filter((name) => name !== "index.html");
      assertEquals(left, mine.toSorted());
    });
  }
});

test("trying a directory leaves no trace, not even its parents", () => {
  inTempDir((directory) => {
    probeDirectory(`${directory}/a/b`);
    probeDirectory(directory);
    assertEquals(contents(directory), {});
  });
});

test("a directory that cannot be made or written to is an error of one line", () => {
  inTempDir((directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "");
    for (const out of [`${directory}/file`, `${directory}/file/b`, `${directory}/file/b/c`]) {
      const { message, exitCode } = assertThrows(() => probeDirectory(out), UsageError);
      const says = `Cannot write to ${out}: there is a file of that name; name another directory with --out`;
      assertEquals([message, exitCode], [says, 2]);
    }
    assertEquals(contents(directory), { file: "" });
  });
});

const tree = new Map([["mark", "new"], ["a/b.js", "new b"]]);

test("a directory takes the place of one with its mark, of an empty one and of none", () => {
  inTempDir((directory) => {
    for (const name of ["none", "empty", "ours"]) {
      const place = `${directory}/${name}`;
      if (name !== "none") Deno.mkdirSync(place);
      if (name === "ours") writeFiles(place, new Map([["mark", ""], ["old.js", ""]]));
      checkReplaceable(place, "mark");
      replaceDirectory(place, tree);
      assertEquals(contents(place), { "a/b.js": "new b", mark: "new" });
    }
    assertEquals([...Deno.readDirSync(directory)].length, 3);
  });
});

test("a directory of somebody else's is not replaced", () => {
  inTempDir((directory) => {
    writeFiles(directory, new Map([["other", ""]]));
    assertThrows(() => checkReplaceable(directory, "mark"), UsageError, "something else is there");
    assertThrows(() => checkReplaceable(`${directory}/other`, "mark"), UsageError, "a file of that name");
  });
});

test("a directory that cannot take its place leaves the one before", () => {
  inTempDir((directory) => {
    const place = `${directory}/ours`, old = { mark: "old" };
    writeFiles(place, new Map(Object.entries(old)));
    const fail = (): void =>
      void assertThrows(() => replaceDirectory(place, tree), CommandError, "unchanged");
    onFullDisk(5, fail);
    assertEquals(contents(directory), { "ours/mark": "old" });
    withoutRenamingTo("ours", fail);
    assertEquals(contents(directory), { "ours/mark": "old" });
  });
});

/** Runs a command that fails with an error; gives its exit code and what it said. */
async function failing(error: unknown): Promise<[code: number, said: string[]]> {
  const said: string[] = [], { error: write } = console;
  console.error = (text: string) => void said.push(text);
  try {
    const run = () => Promise.reject(error);
    return [await runCommand([], { help: "", read: () => ({}), run }), said];
  } finally {
    console.error = write;
  }
}

test("what the system refuses is one line, wherever it happens, and a fault of the program is not", async () => {
  const full = systemError("ENOSPC", "No space left on device");
  assertEquals(await failing(full), [1, ["error: Cannot go on: the disk is full"]]);
  const closed = systemError("EPIPE", "Broken pipe");
  assertEquals(await failing(closed), [1, ["error: Cannot go on: nobody reads what is printed"]]);
  assertEquals(await failing(new UsageError("No\n  such")), [2, ["error: No such"]]);
  await assertRejects(() => failing(new TypeError("x is undefined")), TypeError);
  await assertRejects(() => failing(Object.assign(new Error("y"), { code: "ERR_Y" })), Error, "y");
});
