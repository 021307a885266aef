/** Where libraries are found. */
import type { Host } from "./host.ts";

const names: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2", "libmkl_rt.so"],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "libopenblas.dylib",
  ],
  windows: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/** What to install, by the system. */
const mends: Readonly<Record<string, string>> = {
  linux: "on Debian apt-get install libopenblas0 brings one",
  darwin: "brew install openblas brings one",
  windows: "OpenBLAS has one to be downloaded",
};

/** The names to try, where the system looks for libraries. */
export function usualNames({ build }: Host): readonly string[] {
  return names[build.os] ?? names.linux;
}

/** How one is had. */
export function mendFor({ build }: Host): string {
  return mends[build.os] ?? "install OpenBLAS";
}

/** The same as paths, by which a permission for one library names it. */
export function usualPaths({ build, ...rest }: Host): readonly string[] {
  const folders = [
    `/usr/lib/${build.arch}-linux-gnu`,
    `/lib/${build.arch}-linux-gnu`,
    "/usr/lib64",
    "/usr/lib",
  ];
  const found = usualNames({ build, ...rest });
  if (build.os !== "linux") return found;
  return folders.flatMap((folder) => found.map((name) => `${folder}/${name}`));
}
