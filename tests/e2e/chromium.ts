import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const executablePath = PATHS.find(exists);

/** Whether to leave out tests that need a browser: there is none, and this is no CI, where that is a failure. */
export const withoutBrowser = executablePath === undefined && Deno.env.get("CI") !== "true";
if (withoutBrowser) console.log(`Skipping browser tests: none of ${PATHS.join(", ")} is there`);

/** What gives a page WebGPU without a GPU: Dawn on SwiftShader. */
export const softwareWebGpu: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** A headless Chromium that asks nothing of the network by itself. */
export function launch(flags: readonly string[] = []): Promise<Browser> {
  if (!executablePath) {
    throw new Error(`No Chromium: install it as ${PATHS[0]}, with apt-get install chromium`);
  }
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
