import { assertEquals, assertMatch } from "@std/assert";
import { environmentVariable } from "../../core/base/environment.ts";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Awaited {
  readonly wrong: readonly string[];
  readonly early: string;
  readonly apart: string;
}

interface Trained {
  readonly distances: Readonly<Record<string, number>>;
  readonly unawaited: string;
  readonly atOnce: string;
}

/** What a program on WebGPU printed; `null` where there is no adapter, which in CI there is. */
async function found<T>(size: number, program: string, file?: string): Promise<T | null> {
  const options = {
    backend: "webgpu",
    args: file ? [file] : [],
    allow: ["--allow-read", "--allow-write=/tmp"],
  };
  const ended = await launch(libraries[0], size, program, options);
  const isLacking = ended.code !== 0 && /adapter/.test(ended.stderr);
  return isLacking && environmentVariable("CI") !== "true" ? null : printed<T>(ended);
}

for (const size of [2, 3]) {
  underMpi(libraries[0])(
    `on WebGPU collectives of ${size} ranks go by way of the host, with gradients, in order`,
    async () => {
      const told = await found<Awaited>(size, "awaited");
      if (!told) return;
      assertEquals(told.wrong, []);
      assertMatch(told.early, /^DistributedError: Cannot call MPI at once: 1 .* await ready\(\) first$/);
      assertMatch(
        told.apart,
        /^BackendError: .*: Cannot allReduce: the ranks differ, rank 0: allReduce sum f32 \[3\]/,
      );
    },
  );
}

underMpi(libraries[0], "write")("on WebGPU two ranks train as one process", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tapegrad-mpi-" });
  try {
    const told = await found<Trained>(2, "webgpu", `${folder}/run.safetensors`);
    if (!told) return;
    assertEquals(Object.keys(told.distances).length, 5);
    assertEquals(Object.entries(told.distances).filter(([, distance]) => !(distance < 1e-5)), []);
    assertMatch(
      told.unawaited,
      /^(Tape|Backend)Error: .* on their way from webgpu to webgpu, await ready\(\)/,
    );
    assertMatch(told.atOnce, /^DistributedError: .* on webgpu: .* await optimizer.stepLater\(\)$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
