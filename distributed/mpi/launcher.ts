/** Who started this process, as the environment says. */
import { DistributedError } from "../error.ts";

/** What a launcher leaves in the environment, and which libraries it can be joined by, the likeliest first. */
interface Launcher {
  readonly name: string;
  readonly variable: string;
  readonly libraries: readonly LibraryName[];
}

/** A kind of library, by which its files are found. */
export type LibraryName = "openmpi" | "mpich" | "abi";

const launchers: readonly Launcher[] = [
  { name: "Open MPI's mpirun", variable: "OMPI_COMM_WORLD_SIZE", libraries: ["openmpi", "abi"] },
  { name: "a PMIx launcher", variable: "PMIX_RANK", libraries: ["openmpi", "abi", "mpich"] },
  { name: "MPICH's mpirun", variable: "PMI_RANK", libraries: ["mpich", "abi"] },
];

/** What of Slurm's says that it started several tasks, each of them for itself where no other variable is there. */
const SLURM = "SLURM_STEP_NUM_TASKS";

/** The variables that are read. */
export const variables: readonly string[] = [...launchers.map(({ variable }) => variable), SLURM];

function read(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  if (state === "granted") return Deno.env.get(variable);
  throw new DistributedError(
    `Cannot connect: whether a launcher started this process is in the environment, which may not be read; run with ` +
      `--allow-env=${variables.join(",")}`,
  );
}

/** The launcher of this process; undefined where there is none, and the process is alone. */
export function launcher(): Launcher | undefined {
  const found = launchers.find(({ variable }) => read(variable) !== undefined);
  if (found === undefined && Number(read(SLURM) ?? 1) > 1) {
    throw new DistributedError(
      `Cannot connect: Slurm started ${read(SLURM)} tasks without telling them of each other; ` +
        "run srun --mpi=pmix (srun --mpi=list says which it has)",
    );
  }
  return found;
}
