import type { Browser } from "playwright-core";
import { forbidden } from "../permitted.ts";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const executablePath = PATHS.find(exists);

/** Why to leave out tests that need a browser: there is none, and this is no CI, where that is a failure. */
function reasonAgainst(): string | undefined {
  const reason = forbidden("everything");
  if (reason !== undefined || executablePath !== undefined) return reason;
  return Deno.env.get("CI") === "true" ? undefined : `none of ${PATHS.join(", ")} is there`;
}

const reason = reasonAgainst();
if (reason !== undefined) console.log(`Skipping browser tests: ${reason}`);

/** Whether they are left out. */
export const withoutBrowser: boolean = reason !== undefined;

/** What gives a page WebGPU without a GPU: Dawn on SwiftShader. */
export const softwareWebGpu: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** A headless Chromium that asks nothing of the network by itself. */
export async function launch(flags: readonly string[] = []): Promise<Browser> {
  if (!executablePath) {
    throw new Error(`No Chromium: install it as ${PATHS[0]}, with apt-get install chromium`);
  }
  // Not before it is used: it looks at the environment when it is loaded.
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      ...flags,
    ],
  });
}
