/** Notebooks as they are after all their cells ran, in order, in a kernel of their own. */
import type { Chart } from "../../demos/charts/chart.ts";
import { svg } from "../../demos/charts/drawing.ts";
import { CommandError } from "../../demos/command_line.ts";
import { type Code, type Data, filed, type Notebook, type Output, sourceOf } from "./document.ts";
import { Kernel } from "./kernel.ts";

/** The notebook with what its cells give; a cell that throws is an error that says which. */
export async function executed(notebook: Notebook, folder: URL): Promise<Notebook> {
  await using kernel = await Kernel.start(folder, "cpu");
  const cells: Notebook["cells"][number][] = [];
  let count = 0;
  for (const [i, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") cells.push(cell);
    else {
      const outputs = await outputsOf(kernel, cell, i + 1);
      cells.push({
        ...cell,
        execution_count: ++count,
        outputs: await Promise.all(outputs.map(shown(count))),
      });
    }
  }
  return { ...notebook, cells };
}

async function outputsOf(kernel: Kernel, cell: Code, place: number): Promise<Output[]> {
  const outputs = await kernel.run(sourceOf(cell)).catch((error) => {
    throw new CommandError(`Cell ${place} failed: ${error.message}`);
  });
  const failed = outputs.find((output) => output.output_type === "error");
  if (failed) throw new CommandError(`Cell ${place} failed: ${failed.ename}: ${failed.evalue}`);
  // What is printed may arrive before the result or behind it.
  const isResult = (output: Output) => output.output_type === "execute_result";
  return [...outputs.filter((output) => !isResult(output)), ...outputs.filter(isResult)];
}

/** An output as a file has it, of the cell that ran as the so-manieth. */
function shown(count: number): (output: Output) => Promise<object> {
  return async (output) => {
    if (!("data" in output)) return filed(output);
    const data = await drawn(output.data);
    return filed(
      "execution_count" in output ? { ...output, data, execution_count: count } : { ...output, data },
    );
  };
}

const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** A chart with its picture, as Jupyter itself saves it, for readers in which nothing draws it. */
async function drawn(data: Data): Promise<Data> {
  if (!(VEGA_LITE in data)) return data;
  return {
    ...data,
    "image/svg+xml": await svg({ name: "", caption: "", spec: data[VEGA_LITE] as Chart["spec"] }),
  };
}
