/** What commands give up on the way. */
import { main as demo } from "../../demos/main.ts";
import { main as page } from "../../demos/live/main.ts";
import { assertEquals } from "@std/assert";
import { permitted } from "../permitted.ts";

const test = permitted("read", "write", "run");

/** The permissions that a command dropped, in order; what it prints is not shown. */
async function dropped(command: typeof page, ...args: readonly string[]): Promise<string[]> {
  const { log, error } = console, names: string[] = [];
  console.log = console.error = () => {};
  try {
    await command(args, (...given) => void names.push(...given));
  } finally {
    Object.assign(console, { log, error });
  }
  return names;
}

async function inTempDir(fn: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  await fn(directory).finally(() => Deno.remove(directory, { recursive: true }));
}

test("the page is served without leave to write, run or read, and written without the network", () =>
  inTempDir(async (directory) => {
    assertEquals(await dropped(page, "--build", directory), ["net", "run"]);
    assertEquals(await dropped(page, "--host", "192.0.2.1"), ["write", "run", "read"]); // no address of ours
  }));

test("the gallery is drawn without leave to run anything or to call libraries", () =>
  inTempDir(async (directory) => {
    assertEquals(await dropped(demo, "surface", "--quiet", "--out", directory), ["run", "ffi"]);
  }));
