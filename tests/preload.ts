/** Chooses the backend before a test file is read: one that TAPEGRAD_BACKEND names may have to be waited for. */
import "@tapegrad/backends";
import { useBackend } from "@tapegrad/core";

await useBackend();
