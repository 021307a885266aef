import { fit } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { batchLine, epochLine, EpochLines, ProgressLine, progressOf } from "../../../nn/fit/progress.ts";
import { permitted } from "../../permitted.ts";
import { network, quiet, samples } from "./problems.ts";

const at = {
  epoch: 2,
  epochs: 10,
  batch: 30,
  batches: 120,
  samples: 2400,
  seconds: 2,
  loss: 0.43125,
};
const record = { epoch: 2, loss: 0.43125, metrics: { accuracy: 0.9 }, learningRate: 0.1, seconds: 1.234 };

Deno.test("the line says how far it is, how fast, and how long it takes", () => {
  assertEquals(
    batchLine(at),
    "epoch 2/10 ━━━━━─────────────── 30/120  loss 0.4313  1,200 samples/s  0:06 left",
  );
  assertEquals(batchLine({ ...at, batches: null }), "epoch 2/10 batch 30  loss 0.4313  1,200 samples/s");
  assertMatch(batchLine({ ...at, batches: 120_000 }), /2:13:18 left$/);
  assertMatch(batchLine({ ...at, loss: NaN, batch: 130 }), /━{20} 130\/120 {2}1,200 samples/);
});

Deno.test("the line of an epoch has what is known of it", () => {
  assertEquals(epochLine(record, 10), "epoch 2/10: loss 0.4313, accuracy 0.9, 1.2 s");
  assertEquals(
    epochLine({ ...record, validationLoss: 0.5, seconds: 125 }, 10),
    "epoch 2/10: loss 0.4313, validationLoss 0.5, accuracy 0.9, 2:05",
  );
});

Deno.test("on a terminal one line is drawn over itself, no wider than it, and ends as that of the epoch", () => {
  for (const colours of [true, false]) {
    let text = "";
    const line = new ProgressLine({ columns: 40, colours, write: (more) => text += more });
    line.batch(at);
    line.batch(at); // which comes too soon
    line.epoch(record, 10);
    line.end();
    const drawn = batchLine(at).slice(0, 39);
    const dim = colours ? `\x1b[2m${drawn}\x1b[0m` : drawn;
    assertEquals(text, `\r${dim}\x1b[K\r\x1b[K${epochLine(record, 10)}\n`);
  }
});

Deno.test("a terminal that does not know its size has 80 columns", () => {
  for (const columns of [0, undefined]) {
    let text = "";
    new ProgressLine({ columns, colours: false, write: (more) => text += more }).batch(at);
    assertEquals(text, `\r${batchLine(at).slice(0, 79)}\x1b[K`);
  }
});

Deno.test("where there is no terminal, or a sink is given, there is a line for each epoch", async () => {
  assert(progressOf({ log: () => {} }) instanceof EpochLines);
  assert(progressOf({ progress: "epochs" }) instanceof EpochLines);
  const model = network(), optimizer = new GD(model, { learningRate: 0.1 }), lines: string[] = [];
  const { loss } = quiet, batches = [samples(4).tensors];
  await fit(model, batches, { loss, optimizer, epochs: 3, log: (line) => lines.push(line) });
  assertEquals(lines.map((line) => line.replace(/:.*/, "")), ["epoch 1/3", "epoch 2/3", "epoch 3/3"]);
  for (const silence of [{ verbose: false }, { progress: "silent" }] as const) {
    await fit(model, batches, { loss, optimizer, log: (line) => lines.push(line), ...silence });
  }
  assertEquals(lines.length, 3);
});

const program = `
import "@tapegrad/backends";
import { zeros } from "@tapegrad/core";
import { fit, Linear, mseLoss } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
const model = new Linear(1, 1), optimizer = new GD(model, { learningRate: 0.1 });
const batch = [zeros([1, 1]), zeros([1, 1])];
await fit(model, [batch], { loss: mseLoss, optimizer, epochs: 2 });
`;

permitted("run")("nothing is asked for: a program without permissions shows its epochs", async () => {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--config", config, "-"],
    cwd: new URL("../../../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { stdout, stderr, success } = await child.output(),
    text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert(success, text(stderr));
  assertMatch(text(stdout), /^epoch 1\/2: loss \S+, \S+ s\nepoch 2\/2: loss \S+, \S+ s\n$/);
});
