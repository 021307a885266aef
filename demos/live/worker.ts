/** What runs in the page's worker: the library, and one descent at a time. */
import { BackendError, backends, useBackend } from "@tapegrad/tapegrad";
import type { Descents } from "../experiments/descent.ts";
import { readDigits } from "../experiments/digit_images.ts";
import { DigitsTraining } from "../experiments/digits.ts";
import { runGradient } from "../experiments/gradient.ts";
import { openPerceptron, pointsOf, sampleLoss } from "../experiments/perceptron.ts";
import type { Path } from "../experiments/plans.ts";
import { openQuadratic } from "../experiments/quadratic.ts";
import type { DigitsRun, GradientResult, Mesh, MeshPlan } from "../experiments/results.ts";
import { openSurface, sampleSurface } from "../experiments/surface.ts";
import type {
  Advanced,
  Answer,
  CallName,
  Calls,
  DescentName,
  Device,
  Learned,
  Question,
  Started,
} from "./calls.ts";

type Handlers = { [Name in CallName]: (asks: Calls[Name]["asks"]) => Promise<Calls[Name]["gives"]> };

/** An experiment that set out: its paths, and what they lead over. */
interface Setting extends Omit<Started, "states"> {
  readonly descents: Descents;
  readonly device: Device;
}

let current: Setting | undefined;

/** A network that learns, and where. */
let learning: { readonly training: DigitsTraining; readonly device: Device } | undefined;

const handlers: Handlers = {
  backends: () => Promise.resolve(backends()),
  open: ({ backend }) => open(backend),
  gradient: ({ device, at }) => differentiate(device, at),
  start,
  advance: ({ steps }) => advance(steps),
  digits: openDigits,
  epoch: learn,
  mesh: sampleMesh,
  finish: () => Promise.resolve(finish()),
};

async function differentiate(device: Device, at: number): Promise<GradientResult> {
  await useBackend(device.backend);
  return (await runGradient(device, { at })).result;
}

async function start({ device, experiment, paths, seed }: Calls["start"]["asks"]): Promise<Started> {
  finish();
  await useBackend(device.backend);
  current = { device, ...await setOut[experiment](paths, device, seed) };
  const { descents, grid, data } = current;
  return { states: (await descents.advance(0)).map(([state]) => state), grid, data };
}

async function advance(steps: number): Promise<Advanced> {
  const { descents } = await inProgress();
  const start = performance.now();
  const states = await descents.advance(steps);
  return { states, milliseconds: performance.now() - start };
}

async function openDigits({ device, seed = 0, epochs }: Calls["digits"]["asks"]): Promise<DigitsRun> {
  finish();
  await useBackend(device.backend);
  const training = await DigitsTraining.open(await readDigits(), { seed, epochs, dtype: device.dtype });
  learning = { training, device };
  return await training.run();
}

async function learn(): Promise<Learned> {
  if (!learning) throw new Error("Cannot learn: no network has been opened");
  const { training, device } = learning;
  await useBackend(device.backend);
  const start = performance.now();
  await training.epoch();
  const milliseconds = performance.now() - start;
  return { run: await training.run(), milliseconds };
}

async function sampleMesh(plan: MeshPlan): Promise<Mesh> {
  const { data, device } = await inProgress();
  if (!data) throw new Error("Cannot sample a loss: the experiment has no points");
  return await sampleLoss(data, plan, device);
}

/** Opens the backend that is asked for, or the best that can be had. */
async function open(backend: string): Promise<Device> {
  try {
    return await deviceNamed(backend);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { ...await deviceNamed("auto"), instead: { of: backend, why: await whyNot(backend, error) } };
  }
}

/** The library's own words are for those who write pages, not for their visitors. */
async function whyNot(backend: string, { message }: BackendError): Promise<string> {
  if (backend === "wasm") return "this browser runs no WebAssembly here";
  if (!isSecureContext) return "browsers offer WebGPU only to pages that come over https or from localhost";
  if (!await navigator.gpu?.requestAdapter()) return "this browser offers no WebGPU";
  return `its WebGPU cannot be used, ${message.replace(/^[^:]*: /, "").replace(/\.$/, "")}`;
}

async function deviceNamed(wanted: string): Promise<Device> {
  const { name, description = "", dtypes } = await useBackend(wanted);
  return { backend: name, description, dtype: dtypes.has("f32") ? "f32" : "f64" };
}

const setOut: Record<
  DescentName,
  (paths: readonly Path[], device: Device, seed?: number) => Promise<Omit<Setting, "device">>
> = {
  quadratic: (paths, device) => Promise.resolve({ descents: openQuadratic(paths, device) }),
  surface: async (paths, device) => ({
    grid: await sampleSurface(device),
    descents: openSurface(paths, device),
  }),
  perceptron: async (paths, device, seed) => {
    const data = await pointsOf(seed);
    return { data, descents: openPerceptron(paths, data, device) };
  },
};

/** The descent that was started, its backend in use again where another was opened since. */
async function inProgress(): Promise<Setting> {
  if (!current) throw new Error("Cannot go on: no descent has been started");
  await useBackend(current.device.backend);
  return current;
}

function finish(): null {
  current?.descents.release();
  learning?.training.release();
  current = learning = undefined;
  return null;
}

async function answer({ id, name, asks }: Question): Promise<Answer> {
  try {
    const handler = handlers[name] as (asks: Question["asks"]) => Promise<Calls[CallName]["gives"]>;
    return { id, gives: await handler(asks) };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

// Questions are answered in turn: a descent is not released while it takes a step.
let last: Promise<void> = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<Question>) => {
  last = last.then(async () => postMessage(await answer(data)));
});
