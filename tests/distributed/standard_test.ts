/** The standard interface of MPI 5, which no library of Debian's has: over MPICH's, by a library that is compiled here. */
import { assertEquals } from "@std/assert";
import { root } from "../house/packages.ts";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly wrong: readonly string[];
  readonly library: string;
  readonly size: number;
}

const mpich = libraries[1], test = underMpi(mpich, "write", "cc");

async function compile(folder: string): Promise<string> {
  const path = `${folder}/libmpi_abi.so.0`, source = "tests/distributed/abi_over_mpich.c";
  const args = ["-shared", "-fPIC", "-o", path, source, "-l:libmpich.so.12"];
  const { success, stderr } = await new Deno.Command("cc", { args, cwd: root }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return path;
}

for (const size of [2, 3]) {
  test(`collectives of ${size} ranks by the standard interface of MPI 5`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "tapegrad-mpi-" });
    try {
      const args = [await compile(folder)];
      const { wrong, library, size: found } = printed<Found>(
        await launch(mpich, size, "collectives", { args }),
      );
      assertEquals({ wrong, library, found }, { wrong: [], library: "MPI 5", found: size });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
