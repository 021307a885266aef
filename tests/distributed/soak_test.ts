import { assert, assertEquals } from "@std/assert";
import { environmentVariable } from "../../core/base/environment.ts";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly done: number;
  readonly loss: number;
  readonly grown: number;
}

/** All of them take minutes on cores that are shared: `deno task test:mpi --long`. */
const steps = environmentVariable("TAPEGRAD_LONG") === "true" ? 5000 : 500;

for (const mpi of libraries) {
  underMpi(mpi)(`${steps} steps of two ranks stay in sync, and leave nothing behind`, async () => {
    const options = { args: [String(steps)], seconds: 600 };
    const { done, loss, grown } = printed<Found>(await launch(mpi, 2, "soak", options));
    assertEquals(done, steps);
    assert(loss < 0.1, `the loss is ${loss}`);
    assert(grown <= 64, `${grown} buffers more than in the middle`);
  });
}
