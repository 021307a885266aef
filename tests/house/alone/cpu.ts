/** The backend in plain TypeScript registers itself. */
import { backends, grad, type Tensor, tensor } from "@tapegrad/core";
import "@tapegrad/backends/cpu";
import { assertEquals } from "@std/assert";

assertEquals(backends(), ["cpu"]);
assertEquals(await grad((x: Tensor) => x.square().sum())(tensor([1, 2])).array(), [2, 4]);
