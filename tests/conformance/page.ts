/** The suite in a page, which a test calls and reads. */
import { compile, fromArray, manualSeed, openBackend, read, type Tensor, useBackend } from "@tapegrad/core";
import "@tapegrad/backends";
import { Linear, MSELoss, Sequential, Tanh } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { conformanceCases, type ConformanceResult, runConformance } from "@tapegrad/backends/conformance";
import { registerWholeWasm } from "../whole_wasm.ts";
import { optionsFor } from "./own.ts";

registerWholeWasm();

/** What a backend did in a page. */
export interface Tried {
  /** The device it ran on, where it has a name. */
  readonly description: string | undefined;
  /** Every case and how it ended. */
  readonly results: readonly ConformanceResult[];
}

declare global {
  /** Runs the suite on a backend by its name, or of its ops one in `every`. */
  var tryBackend: (name: string, every: number) => Promise<Tried>;
  /** Losses of steps of training on a backend by its name, as they are called or compiled. */
  var train: (name: string, isCompiled: boolean, steps: number) => Promise<number[]>;
}

globalThis.tryBackend = async (name, every) => {
  const backend = await openBackend(name), options = optionsFor(name), results: ConformanceResult[] = [];
  const ops = [...new Set(conformanceCases(backend, options).map(({ op }) => op))];
  const some = { ...options, ops: ops.filter((_, i) => i % every === 0) };
  for await (const result of runConformance(backend, some)) results.push(result);
  backend[Symbol.dispose]();
  return { description: backend.description, results };
};

globalThis.train = async (name, isCompiled, steps) => {
  await useBackend(name, { byFlag: true });
  manualSeed(3);
  const model = new Sequential(new Linear(2, 16), new Tanh(), new Linear(16, 1)), loss = new MSELoss();
  const optimizer = new Adam(model.parameters(), { learningRate: 0.05 });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const found = loss.forward(model.forward(x), y);
    found.backward();
    optimizer.step();
    return found.detach();
  };
  const run = isCompiled ? compile(step) : step, losses: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const [x, y] = [2, 1].map((n) =>
      fromArray(Float32Array.from({ length: 8 * n }, (_, k) => Math.sin(k * (n + i))), [8, n])
    );
    losses.push(run(x, y));
  }
  return (await read(losses)).map(([value]) => Number(value));
};
