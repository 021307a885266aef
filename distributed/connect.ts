/** Joining a job. */
import { checkFunction, checkOptions, described } from "@tapegrad/core";
import { agree, gatherTexts } from "./agreement.ts";
import { sumHere } from "./collectives/gradients.ts";
import { broadcastHere } from "./collectives/linear.ts";
import { abort, leaveAtEnd } from "./ending.ts";
import { DistributedError } from "./error.ts";
import { idle, type Job, join, timed, type Traffic } from "./job.ts";

/**
 * What {@link connect} may be told.
 *
 * @category Many processes
 */
export interface ConnectOptions {
  /** The path of a library of MPI, where it is not where the system looks, or another than the launcher's likeliest. */
  readonly library?: string;
}

/**
 * The job of this process: who it is, and who is there beside it.
 *
 * @category Many processes
 */
export class World {
  /** Which of the processes this is, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** The machine it runs on, as MPI calls it. */
  readonly host: string;
  /** What the job is held together by, as the library says it: `"Open MPI v4.1.4"`; `"none"` for a process alone. */
  readonly library: string;
  /** Its binary interface: "Open MPI", "MPICH" (and its family), "MPI 5" (the standard's own), or "none". */
  readonly interface: "Open MPI" | "MPICH" | "MPI 5" | "none";
  readonly #job: Job;

  /** The world of a job. */
  constructor(job: Job) {
    const { rank, size, host, library } = this.#job = job;
    [this.rank, this.size, this.host] = [rank, size, host];
    this.library = library?.description ?? "none";
    this.interface = library?.abi.family ?? "none";
  }

  /** Whether this is rank 0, which prints and writes files for all. */
  get isFirst(): boolean {
    return this.rank === 0;
  }

  /** Bytes that were handed to MPI so far, seconds in its calls, and how many these were. */
  get traffic(): Readonly<Traffic> {
    return { ...this.#job.traffic };
  }

  /** Prints on rank 0 alone. */
  log(...values: readonly unknown[]): void {
    // deno-lint-ignore no-console -- what it is for
    if (this.isFirst) console.log(...values);
  }

  /** Waits until all ranks are here. */
  barrier(): void {
    const job = this.#job;
    agree(job, "barrier", "");
    if (job.size > 1) timed(job, 0, ({ calls, abi }) => calls.barrier(abi.world));
  }

  /**
   * Calls `fn` on rank 0 alone, to write a checkpoint say, while all others wait, and gives them nothing. Where it throws
   * it is a {@link DistributedError} on all, of which rank 0 has the cause.
   */
  async first<T>(fn: () => T | Promise<T>): Promise<T | undefined> {
    checkFunction("do on rank 0", fn);
    const job = this.#job;
    let result: T | undefined, cause: unknown, why = "";
    try {
      if (this.isFirst) result = await fn();
    } catch (error) {
      cause = error;
      why = `!${error instanceof Error ? error.message : String(error)}`;
    }
    await idle(job);
    agree(job, "do something on rank 0", "");
    const [said] = gatherTexts(job, why);
    if (said === "") return result;
    throw new DistributedError(`Cannot go on after what rank 0 was to do: ${said.slice(1)}`, { cause });
  }

  /** Numbers summed over all ranks, in their order. */
  sum(numbers: readonly number[]): number[] {
    if (!Array.isArray(numbers) || !numbers.every((one) => typeof one === "number")) {
      throw new TypeError(`Cannot sum ${described(numbers)} over ranks: a list of numbers is needed`);
    }
    const row = Float64Array.from(numbers);
    agree(this.#job, "sum numbers", `of which there are ${row.length}`);
    sumHere(this.#job, row);
    return [...row];
  }

  /** The bytes of rank 0 on all ranks, or `null` where it has none. */
  async share(bytes: Uint8Array | null): Promise<Uint8Array | null> {
    await idle(this.#job);
    // Rank 0's alone are looked at, and what is none is an error on all.
    const isNone = this.isFirst && bytes !== null && !(bytes instanceof Uint8Array);
    agree(this.#job, "share bytes", isNone ? `that are ${described(bytes)}` : "");
    const length = Float64Array.of(bytes?.length ?? -1);
    broadcastHere(this.#job, length, 0);
    if (length[0] < 0) return null;
    const all = this.isFirst ? bytes! : new Uint8Array(length[0]);
    broadcastHere(this.#job, all, 0);
    return all;
  }

  /** Ends the job at once, on all ranks, and says why on the error output; a process alone exits. */
  abort(why: string, code = 1): never {
    abort(this.#job, why, code);
    Deno.exit(code);
  }

  /** For `Deno.inspect`. */
  toString(): string {
    return `rank ${this.rank} of ${this.size} on ${this.host}, ${this.library}`;
  }
}

const worlds = new WeakMap<Job, World>();

/**
 * Joins the job that a launcher (`mpirun`, Slurm's `srun --mpi=pmix`, Kubernetes' MPI operator) began, and says who
 * this process is in it. Without a launcher it is a job of one process, so that a program needs no branch; nothing is
 * opened then. A second call gives the same.
 *
 * It calls MPI through `Deno.dlopen`, `--allow-ffi`, and reads which launcher it was from the environment,
 * `--allow-env=OMPI_COMM_WORLD_SIZE,PMIX_RANK,PMI_RANK,SLURM_STEP_NUM_TASKS`. A launcher without a library that goes
 * with it is a {@link DistributedError} that says what was tried and which packages bring one.
 *
 * From then on an error that nobody catches, and an exit with a code, end the job on all ranks, with the rank and the
 * error in the log.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read, and examples have no permission
 * import { connect } from "@tapegrad/distributed";
 *
 * const world = await connect();
 * console.log(`${world}`); // rank 2 of 4 on node7, Open MPI v4.1.4
 * ```
 */
// deno-lint-ignore require-await -- joining may have to wait in a library to come
export async function connect(options: ConnectOptions = {}): Promise<World> {
  checkOptions("connect", options, { library: "" });
  const { library } = options;
  const job = join(library);
  leaveAtEnd(job);
  const world = worlds.get(job) ?? new World(job);
  worlds.set(job, world);
  if (library !== undefined && job.library === null) {
    throw new DistributedError(
      `Cannot connect by "${library}": this process is connected as one alone already`,
    );
  }
  return world;
}
