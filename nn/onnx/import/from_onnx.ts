/** Files of ONNX as modules. */
import { checkOptions, described, type Tensor } from "@tapegrad/core";
import { checkReading, type FileReadOptions } from "../../files/elements.ts";
import { type FilePlace, openedAt, withFile } from "../../files/source.ts";
import { type Awaited, type ExternalData, fetchExternal } from "../external.ts";
import { OnnxError } from "../onnx_error.ts";
import type { ModelProto } from "../proto.ts";
import { readModel, what } from "../reading.ts";
import { OnnxModule } from "./onnx_module.ts";
import { missingIn } from "./plan.ts";

/**
 * What {@link fromOnnx} may be told.
 *
 * @category Files
 */
export interface OnnxReadOptions extends FileReadOptions {
  /**
   * The bytes of files in which elements of tensors are, by the names that the model calls them, or a function from such
   * a name to them. No file is opened by itself: names are not to be trusted as paths.
   */
  readonly externalData?: ExternalData;
}

/** The versions of the set of operators that are read. */
const OLDEST = 6, NEWEST = 25;

/**
 * The graph of an ONNX file, from a path, bytes or a `Blob`, as a module that runs it by this library's ops, on any
 * backend, with gradients. Opsets 6 to 25 are read; {@link onnxOperators} lists the operators. Shapes are reckoned on the
 * host, so that any batch size that the graph allows will do. i64 becomes i32, f16 f32 unless `half` says otherwise,
 * uint8 and its kin i32.
 *
 * Loops turn as often as is known before; scales and zero points of quantized graphs are no parameters. Elements in other
 * files are those of `externalData`. Operators that are not covered are one {@link OnnxError} that lists all of them. What
 * is damaged, has elements in files that are not given or claims more than it has is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { FileFormatError } from "@tapegrad/nn";
 * import { fromOnnx } from "@tapegrad/nn/onnx";
 * import "@tapegrad/backends";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * // A graph of one node, y = Relu(x), as its bytes are.
 * const text = "CAg6MwoMCgF4EgF5IgRSZWx1EgFnWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkIECgAQEQ==";
 * const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
 * const model = await fromOnnx(bytes);
 * assertEquals(await model.forward(tensor([-1, 2])).array(), [0, 2]);
 * assertEquals(model.inputs, [{ name: "x", dtype: "f32", shape: [2] }]);
 * await assertRejects(() => fromOnnx(bytes.slice(0, 30)), FileFormatError, "Cannot read an ONNX file at byte");
 * ```
 */
export async function fromOnnx<Output = Tensor>(
  place: FilePlace,
  options: OnnxReadOptions = {},
): Promise<OnnxModule<Output>> {
  const { externalData, ...reading } = checkedOptions(options), awaited: Awaited[] = [];
  checkReading(what, reading);
  const bytes = await withFile(await openedAt(what, place), (file) => file.read(0, file.size));
  const model = readModel(bytes, externalData === undefined ? null : awaited);
  refuseMissing(model);
  if (externalData !== undefined) await fetchExternal(what, awaited, externalData);
  return new OnnxModule<Output>(model, reading);
}

function checkedOptions(options: OnnxReadOptions): OnnxReadOptions {
  const known = { half: "", double: "", backend: null, externalData: null };
  checkOptions(`read ${what}`, options, known);
  const { externalData } = options, kind = typeof externalData;
  if (kind === "undefined" || kind === "function" || kind === "object" && externalData !== null) {
    return options;
  }
  throw new TypeError(
    `Cannot read ${what} with externalData as ${described(externalData)}: pass bytes by name, or a function`,
  );
}

function refuseMissing({ graph, opsets, producer }: ModelProto): void {
  const version = opsets.get(""), from = producer === "" ? "" : ` by ${producer}`;
  if (version === undefined || version < OLDEST || version > NEWEST) {
    throw new OnnxError(
      `Cannot read an ONNX file${from} of opset ${
        version ?? "unknown"
      }: ${OLDEST} to ${NEWEST} are read, export it anew`,
      [],
    );
  }
  const missing = missingIn(graph);
  if (missing.size === 0) return;
  const listed = [...missing].map(([name, count]) => count > 1 ? `${name} (${count} times)` : name);
  throw new OnnxError(
    `Cannot read an ONNX file${from} of opset ${version}: these operators are not covered: ${
      listed.join(", ")
    }`,
    [...missing.keys()],
  );
}
