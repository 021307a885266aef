/** Files of ONNX as modules. */
import type { Tensor } from "@tapegrad/core";
import { checkReading, type FileReadOptions } from "../../files/elements.ts";
import { type FilePlace, openedAt, withFile } from "../../files/source.ts";
import { OnnxError } from "../onnx_error.ts";
import type { ModelProto } from "../proto.ts";
import { readModel, what } from "../reading.ts";
import { OnnxModule } from "./onnx_module.ts";
import { missingIn } from "./plan.ts";

/** The versions of the set of operators that are read. */
const OLDEST = 6, NEWEST = 25;

/**
 * The graph of an ONNX file, from a path, bytes or a `Blob`, as a module that runs it by this library's ops, on any
 * backend, with gradients. Opsets 6 to 25 are read; {@link onnxOperators} lists the operators. Shapes are reckoned on the
 * host, so that any batch size that the graph allows will do. i64 becomes i32, f16 f32 unless `half` says otherwise,
 * uint8 and its kin i32.
 *
 * Operators that are not covered are one {@link OnnxError} that lists all of them. What is damaged, has elements in other
 * files or claims more than it has is a {@link FileFormatError}.
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
  options: FileReadOptions = {},
): Promise<OnnxModule<Output>> {
  checkReading(what, options);
  const bytes = await withFile(await openedAt(what, place), (file) => file.read(0, file.size));
  const model = readModel(bytes);
  refuseMissing(model);
  return new OnnxModule<Output>(model, options);
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
