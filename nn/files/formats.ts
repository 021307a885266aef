/** Formats by the ends of names. */
import { quoted } from "@tapegrad/core";
import { FileError } from "./file_error.ts";

/** What `load` reads and, but for PyTorch's own, `save` writes. */
export type Format = "safetensors" | "index" | "npz" | "torch";

const TORCH = /\.(pt|pth|bin|ckpt)$/i;

const ends: readonly (readonly [end: RegExp, format: Format])[] = [
  [/\.safetensors$/i, "safetensors"],
  [/\.json$/i, "index"],
  [/\.npz$/i, "npz"],
  [TORCH, "torch"],
];

/** Whether a file is PyTorch's own by its name. */
export function isTorch(name: string): boolean {
  return TORCH.test(name);
}

/** The format of a file by the end of its name, one of `known`. */
export function formatOf(asked: string, path: string, known: readonly Format[]): Format {
  const found = ends.find(([end]) => end.test(path))?.[1];
  if (found !== undefined && known.includes(found)) return found;
  const mend = found === "torch" && asked === "save"
    ? "archives of PyTorch's are read and not written; end it in .safetensors, which PyTorch reads too"
    : `its name ends in none of ${known.map((format) => quoted(namesOf(format))).join(", ")}; rename it`;
  throw new FileError(asked, path, mend);
}

function namesOf(format: Format): string {
  return { safetensors: ".safetensors", index: ".safetensors.index.json", npz: ".npz", torch: ".pt" }[format];
}
