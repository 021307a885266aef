/** Every op of the table: it is written and read again as it was, or refused by name. */
import { isFloating, noGrad, type Program, record, TapeError, Tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import "@tapegrad/nn";
import { fromOnnx, OnnxError, toOnnx } from "@tapegrad/nn/onnx";
import { assert } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";
import { type Row, table } from "../../table/table.ts";
import { assertRow, listed } from "./reference.ts";

/** Files are compared in single precision, which more runtimes have. */
function placed(x: Tensor): Tensor {
  return (isFloating(x.dtype) ? x.to("f32") : x).to(backend.name);
}

/** The tensors that a call gave, whatever holds them. */
function tensorsOf(given: unknown): Tensor[] {
  if (given instanceof Tensor) return [given];
  return typeof given === "object" && given !== null ? Object.values(given).flatMap(tensorsOf) : [];
}

type Recorded = readonly [given: unknown, program: Program];

/** The program of a row; nothing where it cannot be recorded, as what reads, or moves tensors to another backend. */
function recordedOf({ call }: Row, xs: readonly Tensor[]): Recorded | undefined {
  try {
    return noGrad(() => record((...xs: Tensor[]) => call(...xs), ...xs));
  } catch (error) {
    if (error instanceof TapeError) return undefined;
    throw error;
  }
}

/** Whether a row was written; it throws where what is read differs. */
async function isWritten(one: Row): Promise<boolean> {
  const { op, name } = one, xs = one.inputs().map(placed), recorded = recordedOf(one, xs);
  if (!recorded) return false;
  const [given, program] = recorded;
  const file = await toOnnx(program).catch((error: unknown) => {
    if (error instanceof OnnxError) return undefined;
    throw error;
  });
  if (!file) return false;
  const model = await fromOnnx<Tensor | readonly Tensor[]>(
    file,
    backend.dtypes.has("f16") ? { half: "f16" } : {},
  );
  const found = listed(model.forward(...xs));
  for (const [i, x] of tensorsOf(given).entries()) {
    const row = { shape: x.shape, data: Array.from(await x.data(), Number) };
    await assertRow(found[i], row, 1e-5, `${op}, ${name}, output ${i}`);
  }
  return true;
}

// Elsewhere some cannot be recorded, as part of them is computed on the host.
testWith(
  { synchronous: true },
  "every op of the table is written and read again as it was, or refused",
  async () => {
    let written = 0;
    for (const row of table) if (await isWritten(row)) written++;
    assert(written > 850, `${written} of ${table.length} are written`);
  },
);
