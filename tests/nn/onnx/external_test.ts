/** Models whose elements are in files beside them. */
import { tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { FileFormatError } from "@tapegrad/nn";
import { fromOnnx, OnnxError } from "@tapegrad/nn/onnx";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readDamaged } from "../files/mutated.ts";
import { MessageWriter } from "../../../nn/onnx/wire_writing.ts";

interface Place {
  readonly location?: string;
  readonly offset?: string;
  readonly length?: string;
}

/** y = x + w, where the elements of w, of extent 3, are elsewhere. */
function model(place: Place): Uint8Array<ArrayBuffer> {
  const info = (writer: MessageWriter, name: string): void => {
    writer.text(1, name).message(2, (type) => void type.message(1, (inner) => void inner.int(1, 1)));
  };
  const writer = new MessageWriter().int(1, 8);
  writer.message(7, (graph) => {
    graph.message(1, (node) => void node.text(1, "x").text(1, "w").text(2, "y").text(4, "Add"));
    graph.message(5, (w) => {
      w.int(1, 3).int(2, 1).text(8, "w");
      for (const [key, value] of Object.entries(place)) {
        w.message(13, (entry) => void entry.text(1, key).text(2, value));
      }
      w.int(14, 1);
    });
    graph.message(11, (x) => info(x, "x")).message(12, (y) => info(y, "y"));
  });
  writer.message(8, (opset) => void opset.int(2, 17));
  return Uint8Array.from(writer.parts.flatMap((part) => [...part]));
}

const weights = new Uint8Array(Float32Array.of(9, 1, 2, 3, 9).buffer);

Deno.test("elements in another file are those that are given, by name or by a function", async () => {
  const file = model({ location: "weights.bin", offset: "4", length: "12" }), asked: string[] = [];
  for (
    const externalData of [
      { "weights.bin": weights },
      (location: string) => (asked.push(location), Promise.resolve(weights)),
    ]
  ) {
    const read = await fromOnnx(file, { externalData });
    assertEquals(await read.forward(tensor([10, 20, 30])).array(), [11, 22, 33]);
    assertEquals([...read.parameters()].length, 1);
  }
  assertEquals(asked, ["weights.bin"]);
  const begun = await fromOnnx(model({ location: "w" }), { externalData: { w: weights } });
  assertEquals(await begun.forward(tensor([0, 0, 0])).array(), [9, 1, 2]);
});

Deno.test("elements that are not given, or lie beyond their file, are refused", async () => {
  const refusal = (place: Place, message: string, externalData?: Record<string, Uint8Array>) =>
    assertRejects(() => fromOnnx(model(place), { externalData }), FileFormatError, message);
  await refusal({ location: "../w" }, '"w" are in another file, "../w"; pass its bytes as externalData');
  await refusal({}, "it does not say where", {});
  await refusal({ location: "w", offset: "-4" }, "it does not say where", { w: weights });
  await refusal({ location: "w", offset: "12" }, '12 bytes from byte 12 of "w", which has 20', {
    w: weights,
  });
  await refusal({ location: "w", length: "8" }, "f32 [3] takes 12 bytes and there are 8", { w: weights });
  await refusal({ location: "w", offset: "999999999999999" }, "which has 20", { w: weights });
  const of = (externalData: unknown) => () =>
    fromOnnx(model({ location: "w" }), { externalData: externalData as never });
  await assertRejects(of({}), TypeError, 'with nothing for its file "w"');
  await assertRejects(of(() => "text"), TypeError, "externalData has to give its bytes");
  await assertRejects(of({ toString: weights }), TypeError, "externalData has to give its bytes");
  await assertRejects(of(3), TypeError, "pass bytes by name, or a function");
});

Deno.test("damaged files with elements elsewhere are refused or read", async () => {
  const file = model({ location: "w", offset: "4", length: "12" });
  const { refused, read } = await readDamaged(1000, [file], async (bytes) => {
    try {
      await fromOnnx(bytes, { externalData: () => weights });
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
    }
  });
  assert(refused > 200 && read > 50, `${refused} refused, ${read} read`);
});
