/** Files that commands leave behind: all of them, or none. */
import { basename, dirname } from "node:path";
import { CommandError, reason, UsageError } from "./command_line.ts";

/** Makes sure that files can be written into the directory that an option names, and leaves no trace of it. */
export function probeDirectory(directory: string, option = "--out"): void {
  const name = ".writable";
  try {
    const made = makeDirectory(directory);
    writeAside(directory, new Map([[name, ""]]), () => {});
    removeEmpty(made);
  } catch (error) {
    throw new UsageError(
      `Cannot write to ${directory}: ${reason(error)}; name another directory with ${option}`,
      { cause: error },
    );
  }
}

/**
 * Writes files into a directory, all of them or none: beside their places first, then each is renamed into its
 * place. Nothing runs between the renames, and where one fails those before it are undone.
 */
export function writeFiles(directory: string, files: ReadonlyMap<string, string>): void {
  let made: readonly string[] = [];
  try {
    made = makeDirectory(directory);
    writeAside(directory, files, (aside) => moveInto(directory, aside, [...files.keys()]));
  } catch (error) {
    removeEmpty(made);
    const [first, ...rest] = files.keys();
    const what = rest.length > 0 ? `${files.size} files to ${directory}` : `${directory}/${first}`;
    throw new CommandError(`Cannot write ${what}: ${reason(error)}; what was there is unchanged`, {
      cause: error,
    });
  }
}

/** Makes sure that a directory is not there, is empty, or has a file called `mark`, by which it is one of ours. */
export function checkReplaceable(directory: string, mark: string): void {
  try {
    const there = statOf(directory);
    if (!there || statOf(`${directory}/${mark}`)) return;
    if (there.isDirectory && Deno.readDirSync(directory).next().done) return;
  } catch (error) {
    throw new UsageError(`Cannot write to ${directory}: ${reason(error)}`, { cause: error });
  }
  throw new UsageError(`Cannot write to ${directory}: something else is there; name another with --out`);
}

/** Writes a directory with folders in it, in place of what was there, or leaves that. */
export function replaceDirectory(directory: string, files: ReadonlyMap<string, string>): void {
  const aside = `${directory}.${Deno.pid}.tmp`, before = `${aside}.before`;
  try {
    for (const [name, text] of files) {
      Deno.mkdirSync(dirname(`${aside}/${name}`), { recursive: true });
      writeToDisk(`${aside}/${name}`, text);
    }
    if (statOf(directory)) Deno.renameSync(directory, before);
    Deno.renameSync(aside, directory);
    quietly(() => Deno.removeSync(before, { recursive: true }));
  } catch (error) {
    quietly(() => Deno.renameSync(before, directory));
    quietly(() => Deno.removeSync(aside, { recursive: true }));
    throw new CommandError(`Cannot write ${directory}: ${reason(error)}; what was there is unchanged`, {
      cause: error,
    });
  }
}

/** Writes one file whole or not at all. */
export function writeFile(path: string, text: string): void {
  writeFiles(dirname(path), new Map([[basename(path), text]]));
}

/** Makes a directory, and gives those that were missing, the innermost first. */
function makeDirectory(directory: string): readonly string[] {
  const missing: string[] = [];
  for (let path = directory; statOf(path) === undefined; path = dirname(path)) missing.push(path);
  try {
    Deno.mkdirSync(directory, { recursive: true });
  } catch (error) {
    removeEmpty(missing);
    throw error;
  }
  return missing;
}

function removeEmpty(directories: readonly string[]): void {
  for (const directory of directories) quietly(() => Deno.removeSync(directory));
}

/** Writes files into a directory inside of the one they are for, which is gone after `use`. */
function writeAside(
  directory: string,
  files: ReadonlyMap<string, string>,
  use: (aside: string) => void,
): void {
  removeLeftovers(directory);
  const aside = `${directory}/.${Deno.pid}.tmp`;
  Deno.mkdirSync(aside);
  try {
    for (const [name, text] of files) writeToDisk(`${aside}/${name}`, text);
    use(aside);
  } finally {
    quietly(() => Deno.removeSync(aside, { recursive: true }));
  }
}

/** What a run that was killed left behind, this version's or one's that wrote beside each file. */
const LEFTOVER = /^\.\d+\.tmp$|\.(html|css|js|json|svg)\.\d+\.tmp$/;

function removeLeftovers(directory: string): void {
  for (const { name } of Deno.readDirSync(directory)) {
    if (LEFTOVER.test(name)) quietly(() => Deno.removeSync(`${directory}/${name}`, { recursive: true }));
  }
}

/** Waits for the disk, which may be found full only then. */
function writeToDisk(path: string, text: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

/** Renames files into their places, or leaves everything as it was. */
function moveInto(directory: string, aside: string, names: readonly string[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const name of names) {
      const place = `${directory}/${name}`, before = `${aside}/${name}.before`;
      const there = statOf(place, Deno.lstatSync);
      if (there?.isDirectory) throw new Error(`${name} is a directory there`);
      if (there) Deno.renameSync(place, before);
      undo.push(() => there ? Deno.renameSync(before, place) : Deno.removeSync(place));
      Deno.renameSync(`${aside}/${name}`, place);
    }
  } catch (error) {
    for (const back of undo.reverse()) quietly(back);
    throw error;
  }
}

function statOf(
  path: string,
  stat: (path: string) => Deno.FileInfo = Deno.statSync,
): Deno.FileInfo | undefined {
  try {
    return stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** For what may have been done already, or cannot be helped beside the error that is on its way. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The first error says more.
  }
}
