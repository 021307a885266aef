/** Tests of what a plain `deno test` may not do: `deno test -P` may do most of it, `deno test -A` all. */

/** To read the checkout, write temporary files, run Deno, change the environment, serve this machine, call libraries, begin jobs of many processes, compile C, or anything. */
export type Need = "read" | "write" | "run" | "env" | "net" | "ffi" | "mpi" | "cc" | "everything";

const checkout = new URL("../", import.meta.url);
const kinds = ["read", "write", "run", "env", "net", "sys", "ffi"] as const;

const asked: Readonly<Record<Need, readonly Deno.PermissionDescriptor[]>> = {
  read: [{ name: "read", path: checkout }],
  write: [{ name: "write", path: "/tmp" }],
  run: [{ name: "run", command: Deno.execPath() }],
  env: ["TAPEGRAD_BACKEND", "TAPEGRAD_THREADS"].map((variable) => ({ name: "env", variable })),
  net: [{ name: "net", host: "localhost" }],
  ffi: [{ name: "ffi" }],
  mpi: ["mpirun.openmpi", "mpirun.mpich"].map((command) => ({ name: "run", command })),
  cc: [{ name: "run", command: "cc" }],
  everything: kinds.map((name) => ({ name })),
};

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** What stands in the way of a test, as a few words; undefined if nothing does. */
export function forbidden(...needs: readonly Need[]): string | undefined {
  const lack = needs.filter((need) => !asked[need].every(isGranted));
  if (lack.length === 0) return undefined;
  return `no permission for ${lack.join(", ")}: see deno test -${lack.includes("everything") ? "A" : "P"}`;
}

/** Declares a test. */
export type Declare = (name: string, fn: (t: Deno.TestContext) => void | Promise<void>) => void;

/** Declares tests that are skipped, under a name that says why, where they may not do what they are about. */
export function permitted(...needs: readonly Need[]): Declare {
  const reason = forbidden(...needs);
  if (reason === undefined) return (name, fn) => Deno.test(name, fn);
  return (name, fn) => Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn });
}
