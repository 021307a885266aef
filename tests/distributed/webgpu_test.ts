import { assert, assertEquals, assertMatch } from "@std/assert";
import { environmentVariable } from "../../core/base/environment.ts";
import { launch, libraries, printed, underMpi } from "./launch.ts";

interface Found {
  readonly apart: number;
  readonly direct: string;
  readonly unawaited: string;
}

underMpi(libraries[0])("on WebGPU gradients go by way of the host, where it is awaited", async () => {
  const ended = await launch(libraries[0], 2, "webgpu", { backend: "webgpu" });
  if (ended.code !== 0 && /adapter/.test(ended.stderr) && environmentVariable("CI") !== "true") return;
  const { apart, direct, unawaited } = printed<Found>(ended);
  assert(apart < 1e-6, `${apart}`);
  assertMatch(direct, /^BackendError: Cannot allReduce on webgpu: .*await ready\(x.to\("wasm"\)\)/);
  assertEquals(unawaited.split(":")[0], "DistributedError");
});
