/** Where libraries of MPI are found. */
import type { LibraryName } from "./launcher.ts";

const names: Readonly<Record<string, Readonly<Record<LibraryName, readonly string[]>>>> = {
  linux: {
    openmpi: ["libmpi.so.40", "libmpi.so"],
    mpich: ["libmpich.so.12", "libmpi.so.12", "libmpich.so"],
    abi: ["libmpi_abi.so.0", "libmpi_abi.so"],
  },
  darwin: {
    openmpi: ["/opt/homebrew/opt/open-mpi/lib/libmpi.40.dylib", "libmpi.40.dylib", "libmpi.dylib"],
    mpich: ["/opt/homebrew/opt/mpich/lib/libmpi.12.dylib", "libmpi.12.dylib"],
    abi: ["libmpi_abi.0.dylib", "libmpi_abi.dylib"],
  },
};

/** The names to try, where the system looks for libraries, the likeliest first. */
export function candidates(kinds: readonly LibraryName[]): readonly string[] {
  const here = names[Deno.build.os] ?? names.linux;
  return kinds.flatMap((kind) => here[kind]);
}

/** Which packages bring one. */
export const MEND =
  "Debian's libopenmpi3 (mpirun: openmpi-bin) or libmpich12 (mpirun: mpich), Homebrew's open-mpi or mpich bring one, " +
  "on a cluster often module load openmpi; or pass its path as connect({ library })";
