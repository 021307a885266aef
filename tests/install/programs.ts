/** What is run where the packages were installed. */
import { blocksOf } from "../house/examples.ts";
import { portablePackages as packages, root } from "../house/packages.ts";

/** The example under README's ways of installing. */
export async function readmeExample(): Promise<string> {
  const blocks = blocksOf("README.md", await Deno.readTextFile(new URL("README.md", root)));
  return blocks.find(({ info, code }) => info === "js" && code.includes("@tapegrad/tapegrad"))!.code;
}

/** A file of `examples/`. */
export function exampleFile(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`examples/${path}`, root));
}

/** Trains the perceptron, with names that bundlers and runtimes look up, and tells what it has learned. */
export const perceptron = `import { tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { bceWithLogitsLoss, Linear } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";

export async function train() {
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = tensor([[0], [0], [0], [1]]);
  const model = new Linear(2, 1), optimizer = new GD(model, { learningRate: 1 });
  for (let step = 0; step < 300; step++) {
    optimizer.zeroGrad();
    bceWithLogitsLoss(model.forward(x), y).backward();
    optimizer.step();
  }
  return String(await model.forward(x).greater(0).array());
}
`;

/** What it answers to the four pairs of truth values. */
export const LEARNED = "false,false,false,true";

/** Runs it where a failure ends the process. */
export const trained = `import { train } from "./perceptron.js";
const answer = await train();
if (answer !== "${LEARNED}") throw new Error(answer);
`;

/** Each entry point, which has something in it. */
export function everything(): string {
  const specifiers = packages.flatMap(({ entries }) => [...entries.keys()]);
  const imports = specifiers.map((name, i) => `import * as m${i} from "${name}";`);
  const count = `if ([${specifiers.map((_, i) => `m${i}`)}].some((m) => !Object.keys(m).length)) throw 1;`;
  return [...imports, count].join("\n");
}

/** Computes on one thread and on three, which begin, change no bit, and let the process end. */
export const threaded = `import { fromArray, registerBackend, scope, useBackend } from "@tapegrad/core";
import { createWasmBackend } from "@tapegrad/backends";
const workers = process.getBuiltinModule("node:worker_threads");
let begun = 0;
workers.Worker = class extends workers.Worker {
  constructor(...given) {
    super(...given);
    this.on("online", () => begun++);
  }
};
const numbers = Float32Array.from({ length: 250_000 }, (_, i) => Math.sin(i) * 3), answers = new Set();
for (const threads of [1, 3]) {
  const name = "on " + threads;
  registerBackend({ name, create: () => createWasmBackend({ name, threads }) });
  const backend = await useBackend(name), x = fromArray(numbers, [500, 500]);
  for (let turn = 0; turn < 3; turn++) {
    const { buffer } = await scope(() => x.mul(2).tanh().matmul(x.softmax(-1)).add(x.sum(0))).data();
    answers.add(Buffer.from(buffer).toString("base64"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (threads > 1 && !backend.description.endsWith(" on 3 threads")) throw new Error(backend.description);
}
if (answers.size !== 1) throw new Error("Threads change results");
for (let wait = 0; wait < 100 && begun < 2; wait++) await new Promise((resolve) => setTimeout(resolve, 100));
if (begun !== 2) throw new Error(begun + " workers began in place of two");
`;

export const typed = `import { type Tensor, tensor } from "@tapegrad/tapegrad";
import type { Module } from "@tapegrad/nn";
const shape: readonly number[] = tensor([1]).add(1).shape;
// @ts-expect-error: a shape is no text
const text: string = tensor([1]).shape;
export function twice(x: Tensor, model: Module): Tensor {
  using y: Tensor = x.mul(2);
  return model.forward(y).add(shape.length + text.length);
}
`;

/** What a program that imports one backend alone has. */
export const oneBackend = `import { tensor } from "@tapegrad/core";
import "@tapegrad/backends/cpu";
if ((await tensor([1, 2]).mul(2).array())[1] !== 4) throw 1;
`;

/** Without a backend, nothing is computed, and that is said. */
export const noBackend = `import { Linear } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
try {
  new GD(new Linear(2, 1), { learningRate: 1 });
} catch ({ name, message }) {
  if (name !== "BackendError" || !message.includes('import "@tapegrad/backends"')) throw message;
  process.exit(0);
}
throw "It computed";
`;

/** Shows where in the sources an error comes from. */
export const failing = `import { tensor } from "@tapegrad/core";
import "@tapegrad/backends/cpu";
try {
  tensor([1, 2]).add(tensor([1, 2, 3]));
} catch ({ stack }) {
  console.log(/core[^:]*\\.ts:\\d+/.exec(stack)?.[0] ?? stack);
}
`;

/** What can be a script of CommonJS, which has neither an address of its own nor `await` at its top. */
export const anomaly = `import { detectAnomaly, log, tensor } from "@tapegrad/core";
import "@tapegrad/backends/cpu";
try {
  detectAnomaly(() => log(tensor([0])));
} catch ({ message }) {
  console.log(message);
}
`;

/** A page without a bundler: one file, or each file of each package by the name that it is imported by. */
export function page(head: string, program: string): string {
  return `<!doctype html><title>waits</title>${head}
<script type="module">
${program.replaceAll("export ", "")}
document.title = await train();
</script>`;
}

export const bundledPage = `<!doctype html><title>waits</title>
<script type="module" src="/main.js"></script>`;

export const worker = `import { train } from "./perceptron.js";
train().then((answer) => postMessage(answer));
`;

/** Trains in the page and in a worker. */
export const workerMain = `import { train } from "./perceptron.js";
const here = await train();
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => document.title = here === data ? data : \`\${here} here, \${data} in a worker\`;
`;
