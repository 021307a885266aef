/** A library of MPI that is open. */
import { type Abi, familyOf, mpich, openMpi, standard } from "./abi.ts";
import { asking, type Calls, signatures } from "./signatures.ts";

/** A library: its interface, its functions, and what it says it is. */
export interface Library {
  readonly path: string;
  readonly description: string;
  readonly abi: Abi;
  readonly calls: Calls;
}

/** Opens one, or throws an error that says why it is none. */
export function openLibrary(path: string): Library {
  const asked = Deno.dlopen(path, asking).symbols, lookup = systemLookup(path);
  const text = new Uint8Array(8192), length = new Int32Array(1), major = new Int32Array(1);
  asked.version(text, length);
  // What has the function need not have the interface: it says -1 then.
  asked.abi?.(major, new Int32Array(1));
  const said = new TextDecoder().decode(text.subarray(0, length[0])).replace(/\0.*/s, "").trim();
  const family = familyOf(major[0], said);
  if (!family) throw new Error(`it has none of the interfaces of Open MPI, MPICH and MPI 5: it says ${said}`);
  const abi = { "Open MPI": () => openMpi(lookup), MPICH: mpich, "MPI 5": standard }[family]();
  const { symbols } = Deno.dlopen(path, signatures(abi.handle));
  return { path, description: shortened(said), abi, calls: symbols as unknown as Calls };
}

// Both begin with what they are, after which comes how they were built.
function shortened(said: string): string {
  const mpich = /^MPICH Version:\s*(\S+)/.exec(said);
  return mpich ? `MPICH ${mpich[1]}` : said.split(/[,\n]/)[0].trim();
}

const NOW = 2, FOR_ALL: Readonly<Record<string, number>> = { linux: 0x100, darwin: 8 };

/** The names of the system's own library, in which the address of a name is asked for. */
function systemNames(): readonly string[] {
  const { os, arch } = Deno.build;
  return os === "darwin" ? ["libSystem.dylib"] : ["libc.so.6", `libc.musl-${arch}.so.1`];
}

// Open MPI's plugins find its symbols only if these are for all.
function systemLookup(path: string): (name: string) => Deno.PointerValue {
  const { dlopen, dlsym } = systemCalls(), text = (name: string) => new TextEncoder().encode(`${name}\0`);
  const handle = dlopen(text(path), NOW | (FOR_ALL[Deno.build.os] ?? FOR_ALL.linux));
  return (name) => {
    const address = dlsym(handle, text(name));
    if (address === null) throw new Error(`it has no ${name}`);
    return address;
  };
}

const systemFunctions = {
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
} as const;

function systemCalls(): Deno.DynamicLibrary<typeof systemFunctions>["symbols"] {
  const paths = systemNames();
  for (const path of paths) {
    try {
      return Deno.dlopen(path, systemFunctions).symbols;
    } catch (error) {
      if (path === paths.at(-1)) throw error;
    }
  }
  throw new Error("the system's own library has no dlsym");
}
