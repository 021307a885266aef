/** The backend in WebAssembly registers itself, and nothing else. */
import { backends, tensor, useBackend } from "@tapegrad/core";
import "@tapegrad/backends/wasm";
import { assertEquals } from "@std/assert";

assertEquals(backends(), ["wasm"]);
await useBackend("wasm");
assertEquals(await tensor([1, 2]).mul(tensor([3, 4])).array(), [3, 8]);
