/**
 * Chooses the backend before a test file is read: one that TAPEGRAD_BACKEND names may have to be waited for. And
 * holds that nothing writes to the attributes of a call.
 */
import "@tapegrad/backends";
import { useBackend } from "@tapegrad/core";
import "./frozen.ts";

await useBackend();
