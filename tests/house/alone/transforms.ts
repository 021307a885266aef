import { grad, type Tensor } from "@tapegrad/core/transforms";
import { assertEquals } from "@std/assert";
import { registerBackend } from "../../../core/device/registry.ts";
import { useBackend } from "../../../core/device/choice.ts";
import { tensor } from "../../../core/ops/creation.ts";
import { createToyBackend } from "../../backends/toy_backend.ts";

registerBackend({ name: "toy", create: () => createToyBackend(() => {}) });
await useBackend("toy", { byFlag: true });
const slope = grad((x: Tensor) => x.mul(x).mul(x).sum());
assertEquals(await slope(tensor([1, 2])).array(), [3, 12]);
