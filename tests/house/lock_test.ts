import { assertEquals } from "@std/assert";
import { root } from "./packages.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read");

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(path, root)));
}

test("deno.lock is free of the peers that bench alone measures against", async () => {
  const { scopes } = await readJson<{ scopes: Record<string, Record<string, string>> }>("deno.json");
  const { npm } = await readJson<{ npm: Record<string, unknown> }>("deno.lock");
  const peers = Object.keys(scopes["./bench/"]);
  const locked = Object.keys(npm).filter((name) => peers.some((peer) => name.startsWith(`${peer}@`)));
  // Deno downloads all that the lock file names, 300 MB of it for these, whatever is run.
  assertEquals(locked, [], "Restore deno.lock and run bench with --lock=bench/deno.lock");
});
