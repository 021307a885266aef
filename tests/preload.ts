/**
 * Chooses the backend before a test file is read: one that TAPEGRAD_BACKEND names may have to be waited for. And
 * holds that nothing writes to the attributes of a call.
 */
import "@tapegrad/backends";
import { useBackend } from "@tapegrad/core";
import { environmentVariable } from "../core/base/environment.ts";
import "./frozen.ts";
import { registerWholeWasm } from "./whole_wasm.ts";

if (environmentVariable("TAPEGRAD_BACKEND") === "wasm") registerWholeWasm();
await useBackend();
