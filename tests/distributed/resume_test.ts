import { assert, assertEquals } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly resumed: boolean;
  readonly end: number;
  readonly apart: number;
  readonly remembers: readonly string[];
}

for (const mpi of libraries) {
  underMpi(mpi, "write")(
    "a job of another size, and one process, go on from a checkpoint of a sharded optimizer",
    async () => {
      const folder = await Deno.makeTempDir({ prefix: "tapegrad-mpi-" }), file = `${folder}/run.safetensors`;
      const run = async (size: number, kind: "sharded" | "whole"): Promise<Found> => {
        const options = { args: [file, "4", kind], allow: ["--allow-read", "--allow-write=/tmp"] };
        return printed(await launch(mpi, size, "resume", options));
      };
      try {
        const found = [
          await run(3, "sharded"),
          await run(2, "sharded"),
          await run(1, "whole"),
          await run(4, "sharded"),
        ];
        assertEquals(found.map(({ resumed, end }) => [resumed, end]), [[false, 4], [true, 8], [true, 12], [
          true,
          16,
        ]]);
        for (const { apart, remembers } of found) {
          assert(apart < 1e-12, `${apart}`);
          assertEquals(remembers, found[0].remembers);
        }
        assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["run.safetensors"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}
