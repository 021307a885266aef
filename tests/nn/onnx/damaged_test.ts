/** Damaged files: an error of ours or a graph that is whole, in bounded time and memory. */
import { type Tensor, tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { FileFormatError } from "@tapegrad/nn";
import { fromOnnx, OnnxError } from "@tapegrad/nn/onnx";
import { assert, assertEquals, assertRejects } from "@std/assert";
import reference from "../reference/onnx_files.json" with { type: "json" };
import operators from "../reference/onnx_operators.json" with { type: "json" };
import { bytesOfBase64, readDamaged, SEED } from "../files/mutated.ts";
import { varint } from "../../../nn/onnx/wire_writing.ts";

const files = [reference["mlp"], reference["cnn"], reference["segmenting"], ...operators.slice(60, 80)]
  .map(({ onnx }) => bytesOfBase64(onnx));

Deno.test(`10,000 damaged files, by seed ${SEED}, are refused or read`, async () => {
  const { refused, read } = await readDamaged(10000, files, async (bytes) => {
    try {
      const model = await fromOnnx(bytes);
      for (const x of Object.values(model.stateDict())) assertEquals((await x.data()).length, x.size);
    } catch (error) {
      // It is whole, and says what is not covered.
      if (!(error instanceof OnnxError)) throw error;
    }
  });
  assert(refused > 2500 && read > 300, `${refused} refused, ${read} read`);
});

Deno.test("a file that ends anywhere is refused, or is a whole one", async () => {
  const whole = files[0];
  for (let end = 0; end < whole.length; end++) {
    await fromOnnx(whole.slice(0, end)).then(
      () => assert(end > whole.length - 20, `${end} of ${whole.length} bytes were taken for all`),
      (error) => assert(error instanceof FileFormatError || error instanceof OnnxError, String(error)),
    );
  }
});

function field(number: number, ...bytes: number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function refusal(bytes: readonly number[], message: string): Promise<FileFormatError> {
  return assertRejects(() => fromOnnx(Uint8Array.from(bytes)), FileFormatError, message);
}

Deno.test("what a file claims is not believed", async () => {
  const huge = varint(2 ** 50);
  await refusal([], "it has no graph");
  await refusal([...new TextEncoder().encode("<!doctype html>")], "Cannot read an ONNX file at byte");
  await refusal([7 * 8 + 2, ...huge], `${2 ** 50} bytes are needed and there are 0`);
  // A tensor of 2^50 floats that has none.
  await refusal(field(7, ...field(5, 8, ...huge, 16, 1, ...field(8, 119))), "an ONNX file at byte");
  await refusal(field(7, ...field(5, 8, ...varint(-1), 16, 1)), "no tensor has its shape");
  await refusal(
    field(7, ...field(5, 8, 2, 16, 1, ...field(9, 0, 0, 0, 0))),
    "f32 [2] takes 8 bytes and there are 4",
  );
  await refusal(field(7, ...field(5, 8, 1, 16, 8)), "has elements of type 8");
  await refusal(field(7, ...field(5, 8, 1, 16, 1, ...field(8, 119), 14 * 8, 1)), '"w" are in another file');
  await refusal(field(7, ...field(1, ...field(4, 255))), "a text in it is not UTF-8");
  await refusal(field(25), "it defines functions of its own");
  let deep: number[] = [];
  for (let i = 0; i < 80; i++) deep = field(1, ...field(5, ...field(6, ...deep)));
  await refusal(field(7, ...deep), "too deep");
});

Deno.test("operators that are not covered are listed, all of them, and opsets that are not read are told", async () => {
  const node = (type: string, domain = "") =>
    field(
      1,
      ...field(4, ...new TextEncoder().encode(type)),
      ...field(7, ...new TextEncoder().encode(domain)),
    );
  const graph = field(
    7,
    ...node("SequenceAt"),
    ...node("Relu"),
    ...node("SequenceAt"),
    ...node("FusedConv", "com.microsoft"),
  );
  const opset = (version: number) => field(8, 16, version);
  const error = await assertRejects(
    () => fromOnnx(Uint8Array.from([...graph, ...opset(17)])),
    OnnxError,
    "of opset 17: these operators are not covered: SequenceAt (2 times), com.microsoft.FusedConv",
  );
  assertEquals(error.operators, ["SequenceAt", "com.microsoft.FusedConv"]);
  await assertRejects(
    () => fromOnnx(Uint8Array.from([...graph, ...opset(99)])),
    OnnxError,
    "of opset 99: 6 to 25",
  );
  await assertRejects(() => fromOnnx(Uint8Array.from(graph)), OnnxError, "of opset unknown");
});

Deno.test("wrong inputs are told by name, and what goes wrong within says at which node", async () => {
  const model = await fromOnnx(files[0]);
  const run = (...xs: readonly Tensor[]) => Promise.resolve().then(() => model.forward(...xs));
  await assertRejects(() => run(), TypeError, 'on 0 inputs: pass tensors for "in0" f32 [4, 3]');
  await assertRejects(() => run(tensor([1, 2])), RangeError, '"in0" of shape [2]: it has f32 [4, 3]');
  await assertRejects(() => run(tensor([[1, 2]])), OnnxError, "Cannot run Gemm");
});
