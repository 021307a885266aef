/** What is written, run by ONNX Runtime where it is there: see runtime.ts. */
import { fromArray, noGrad, type Tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { fromOnnx } from "@tapegrad/nn/onnx";
import { assert, assertEquals } from "@std/assert";
import reference from "../reference/onnx_files.json" with { type: "json" };
import { bytesOfBase64 } from "../files/mutated.ts";
import { forbidden } from "../../permitted.ts";
import { assertRow, listed, type Row } from "./reference.ts";
import { asText, type Done, type Job, type Plain } from "./runtime.ts";
import { openings } from "./programs.ts";
import { all, toleranceOf, written, writtenOpen } from "./written.ts";

/** What ONNX Runtime makes of jobs; undefined where it is not there. */
async function ran(jobs: readonly Job[]): Promise<readonly Done[] | undefined> {
  const path = await Deno.makeTempFile({ dir: "/tmp", suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(jobs));
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--no-check",
        "--no-lock",
        "--cached-only",
        "tests/nn/onnx/runtime.ts",
        path,
      ],
    }).output();
    return success ? JSON.parse(await Deno.readTextFile(path)) : undefined;
  } finally {
    await Deno.remove(path);
  }
}

async function whyNot(): Promise<string | undefined> {
  const reason = forbidden("read", "write", "run");
  return reason ?? (await ran([]) ? undefined : "ONNX Runtime is not here: see tests/nn/onnx/runtime.ts");
}

async function plain(x: Tensor): Promise<Plain> {
  return {
    dtype: x.dtype,
    shape: x.shape,
    data: Array.from(await x.data(), (value) => asText(Number(value))),
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function assertDone(
  { outputs, error }: Done,
  rows: readonly (Row & { dtype?: string })[],
  by: readonly number[],
  name: string,
): Promise<unknown> {
  assert(outputs, `${name}: ${error}`);
  return Promise.all(rows.map(({ dtype, ...row }, i) => {
    const { shape, data, ...found } = outputs[i];
    if (dtype !== undefined) assertEquals(found.dtype, dtype, name);
    const x = fromArray(Float64Array.from(data, Number), shape, { dtype: "f32" });
    return assertRow(x, row, Math.max(by[i], 1e-7), `${name}, output ${i}`);
  }));
}

const reason = await whyNot();

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: reason ? `${name} (skipped: ${reason})` : name, ignore: reason !== undefined, fn });
}

test("ONNX Runtime computes of what is written what was recorded", async () => {
  const files = await Promise.all(all.map(async ([name, make]) => ({ name, ...await written(make) })));
  const done = await ran(
    await Promise.all(files.map(async ({ name, file, inputs }) => ({
      name,
      file: base64(file),
      inputs: await Promise.all(inputs.map(plain)),
    }))),
  );
  for (const [i, { name, outputs }] of files.entries()) {
    const rows = await Promise.all(outputs.map(plain));
    const finite = rows.map((row) => ({ ...row, data: row.data.map(Number) }));
    await assertDone(done![i], finite, outputs.map(toleranceOf), name);
  }
});

test("PyTorch's models, read, recorded and written, give there what they give in PyTorch", async () => {
  const rows = Object.entries(
    reference as unknown as Record<string, { onnx: string; inputs: Row[]; outputs: Row[] }>,
  );
  const jobs = await Promise.all(rows.map(async ([name, { onnx, inputs }]): Promise<Job> => {
    const model = await fromOnnx<Tensor | readonly Tensor[]>(bytesOfBase64(onnx));
    const make = () => ({
      compute: (...xs: readonly Tensor[]) => model.forward(...xs),
      inputs: inputs.map(({ shape, data }, i) =>
        fromArray(Float64Array.from(data), shape, { dtype: model.inputs[i].dtype === "i64" ? "i32" : "f32" })
      ),
    });
    const { file, inputs: given } = await written(make);
    return { name, file: base64(file), inputs: await Promise.all(given.map(plain)) };
  }));
  const done = await ran(jobs);
  for (const [i, [name, { outputs }]] of rows.entries()) {
    await assertDone(done![i], outputs, outputs.map(() => 1e-5), name);
  }
});

test("files with open axes run there on extents that were not recorded", async () => {
  const cases = await Promise.all(
    Object.entries(openings).map(async ([name, opening]) => {
      const file = base64(await writtenOpen(opening));
      return opening.tried.map((n) => ({ name: `${name}, ${n}`, file, ...opening.make(n) }));
    }),
  );
  const files = cases.flat();
  const done = await ran(
    await Promise.all(
      files.map(async ({ name, file, inputs }) => ({
        name,
        file,
        inputs: await Promise.all(inputs.map(plain)),
      })),
    ),
  );
  for (const [i, { name, compute, inputs }] of files.entries()) {
    const outputs = listed(noGrad(() => compute(...inputs)));
    const rows = (await Promise.all(outputs.map(plain))).map((row) => ({
      ...row,
      data: row.data.map(Number),
    }));
    await assertDone(done![i], rows, outputs.map(toleranceOf), name);
  }
});
