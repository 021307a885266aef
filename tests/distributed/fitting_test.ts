import { assertEquals } from "@std/assert";
import { launch, libraries, printed, underMpi } from "./launch.ts";

for (const mpi of libraries) {
  underMpi(mpi, "write")(
    "fit() on two ranks is that of one process: clipped, stopped, resumed, plain and sharded",
    async () => {
      const folder = await Deno.makeTempDir({ prefix: "tapegrad-mpi-" });
      try {
        const options = { args: [folder], allow: ["--allow-read", "--allow-write=/tmp"] };
        const ended = await launch(mpi, 2, "fitting", options),
          distances = printed<Record<string, number>>(ended);
        assertEquals(Object.keys(distances).length, 14);
        assertEquals(Object.entries(distances).filter(([, distance]) => !(distance < 1e-12)), []);
        assertEquals(ended.stdout.match(/^epoch 1\/6: /gm)?.length, 14);
        assertEquals([...Deno.readDirSync(folder)].length, 2);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}
