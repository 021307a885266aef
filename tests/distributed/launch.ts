/** Programs of many processes, started by the mpirun of each library of MPI. */
import { root } from "../house/packages.ts";
import { type Declare, forbidden } from "../permitted.ts";

/** A library of MPI, by its launcher. */
export interface Mpi {
  readonly name: "Open MPI" | "MPICH";
  readonly command: string;
  readonly flags: readonly string[];
}

/** Those of Debian. Open MPI refuses to run as root, and to run more processes than there are cores, unless it is told. */
export const libraries: readonly Mpi[] = [
  {
    name: "Open MPI",
    command: "mpirun.openmpi",
    flags: ["--allow-run-as-root", "--oversubscribe", "--mca", "btl_vader_single_copy_mechanism", "none"],
  },
  { name: "MPICH", command: "mpirun.mpich", flags: [] },
];

/** How a job ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** The permissions of a program: to call libraries, and to ask who started it. */
const permissions = [
  "--allow-ffi",
  "--allow-env=OMPI_COMM_WORLD_SIZE,PMIX_RANK,PMI_RANK,SLURM_STEP_NUM_TASKS,TAPEGRAD_BACKEND,TAPEGRAD_THREADS",
];

/** What {@link launch} may be told. */
export interface LaunchOptions {
  readonly args?: readonly string[];
  readonly allow?: readonly string[];
  readonly seconds?: number;
  /** On which backend; wasm unless said. The environment outranks what a program asks for. */
  readonly backend?: string;
}

/** The arguments of Deno for a program beside this file. */
export function programArgs(program: string, { args = [], allow = [] }: LaunchOptions = {}): string[] {
  const file = `tests/distributed/programs/${program}.ts`;
  return ["run", "--quiet", "--no-prompt", "--no-check", ...permissions, ...allow, file, ...args];
}

/** Runs a program in so many processes; one that does not end is killed after a while. */
export async function launch(
  { command, flags }: Mpi,
  size: number,
  program: string,
  options: LaunchOptions = {},
): Promise<Ended> {
  const start = performance.now(), limit = AbortSignal.timeout(1000 * (options.seconds ?? 120));
  const child = new Deno.Command(command, {
    args: [...flags, "-n", String(size), Deno.execPath(), ...programArgs(program, options)],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: limit,
    env: {
      NO_COLOR: "1",
      TAPEGRAD_THREADS: "1",
      TAPEGRAD_BACKEND: options.backend ?? "wasm",
      XDG_RUNTIME_DIR: "/tmp",
    },
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return {
    code: limit.aborted ? -1 : code,
    stdout: decode(stdout),
    stderr: decode(stderr),
    seconds: (performance.now() - start) / 1000,
  };
}

function isInstalled(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Declares tests under a library, skipped under a name that says why where there is none; in CI they fail. */
export function underMpi(mpi: Mpi, ...needs: readonly ("write" | "cc")[]): Declare {
  const reason = forbidden("mpi", ...needs) ?? lackOf(mpi.command, "openmpi-bin mpich") ??
    (needs.includes("cc") ? lackOf("cc", "gcc libc6-dev") : undefined);
  return (name, fn) => {
    const full = `${mpi.name}: ${name}`;
    if (reason === undefined) return Deno.test(full, fn);
    Deno.test({ name: `${full} (skipped: ${reason})`, ignore: true, fn });
  };
}

function lackOf(command: string, packages: string): string | undefined {
  if (isInstalled(command) || Deno.env.get("CI")) return undefined;
  return `no ${command}: apt-get install ${packages}`;
}

/** The one line that rank 0 printed, as JSON. */
export function printed<T>({ code, stdout, stderr }: Ended): T {
  if (code !== 0) throw new Error(`The job ended with code ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}
