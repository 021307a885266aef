/** docs/from-pytorch.md names what is here, all of it, for each name of PyTorch's. */
import "@tapegrad/backends";
import * as optim from "@tapegrad/optim";
import { assertEquals } from "@std/assert";
import text from "../../docs/from-pytorch.md" with { type: "text" };

/** What PyTorch 2 exports of torch.optim, its schedules and averages. */
const pytorch = [
  ..."Optimizer Adadelta Adafactor Adagrad Adam AdamW Adamax ASGD LBFGS Muon NAdam RAdam RMSprop Rprop SGD SparseAdam"
    .split(" ").map((name) => `torch.optim.${name}`),
  ...("LRScheduler LambdaLR MultiplicativeLR StepLR MultiStepLR ConstantLR LinearLR ExponentialLR PolynomialLR " +
    "CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR OneCycleLR ChainedScheduler SequentialLR ReduceLROnPlateau")
    .split(" ").map((name) => `torch.optim.lr_scheduler.${name}`),
  ..."AveragedModel SWALR get_ema_avg_fn get_swa_avg_fn get_ema_multi_avg_fn get_swa_multi_avg_fn update_bn"
    .split(" ").map((name) => `torch.optim.swa_utils.${name}`),
];

interface Row {
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
}

/** The rows of the tables of names. */
function rowsOf(markdown: string): Row[] {
  const tables = markdown.split(/\n\n/).filter((part) => /^\| PyTorch\s+\| tapegrad/.test(part.trim()));
  return tables.flatMap((table) => table.trim().split("\n").slice(2)).map((line) => {
    const [, theirs, ours] = line.split("|");
    return { theirs: codes(theirs), ours: codes(ours) };
  });
}

// What scripts write is tested where they are.
const rows = rowsOf(text.replace(/<!-- names of [^]*?<!-- end of names -->/g, ""));

Deno.test("docs/from-pytorch.md has each name of PyTorch's once", () => {
  const found = rows.flatMap(({ theirs }) => theirs).filter((name) => name.startsWith("torch."));
  assertEquals(found.toSorted(), pytorch.toSorted());
});

Deno.test("docs/from-pytorch.md has each function and class of optim, and no other", () => {
  const found = rows.flatMap(({ ours }) => ours);
  const ofUtils = codes(text.match(/names of torch\.nn\.utils -->[^]*?<!-- end/)![0]);
  const others = Object.keys(optim).filter((name) => !ofUtils.includes(name));
  assertEquals(found.toSorted(), others.toSorted());
});

Deno.test("a name that is PyTorch's in camel case stands beside it", () => {
  const camel = (name: string) =>
    name.split(".").at(-1)!.replace(/_+$/, "").replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  for (const { theirs, ours } of rows) {
    for (const name of theirs.filter((name) => name.startsWith("torch.") && ours.length > 0)) {
      assertEquals(ours.includes(camel(name)), true, `${name} and ${ours}`);
    }
  }
});
