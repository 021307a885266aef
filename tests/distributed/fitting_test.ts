import { assertEquals } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

for (const mpi of libraries) {
  underMpi(mpi)(
    "fit() trains a distributed model, plain and sharded, and rank 0 alone tells of it",
    async () => {
      const ended = await launch(mpi, 2, "fitting");
      assertEquals(printed(ended), [[12, true], [12, true]]);
      assertEquals(ended.stdout.match(/^epoch \d+\/12: /gm)?.length, 24);
    },
  );
}
