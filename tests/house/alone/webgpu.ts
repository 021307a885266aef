/** The backend on WebGPU registers itself, and looks for no device before it is used. */
import { backends } from "@tapegrad/core";
import "@tapegrad/backends/webgpu";
import { assertEquals } from "@std/assert";

assertEquals(backends(), ["webgpu"]);
