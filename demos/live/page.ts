/** What runs in the page: joins the settings, the runner and the address. */
import { paces } from "./catalog.ts";
import { type Choice, defaultsOf, type Faults, type Fields, fromHash, readFields, toHash } from "./choice.ts";
import { Delayed } from "./delayed.ts";
import { element } from "./dom.ts";
import { Form } from "./form.ts";
import { Runner } from "./runner.ts";
import { Stage } from "./stage.ts";
import { Trainer } from "./trainer.ts";

const prefersStill = matchMedia("(prefers-reduced-motion: reduce)");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

const defaults = defaultsOf("perceptron", { backend: "", pace: prefersStill.matches ? "fast" : "calm" });
const trainer = new Trainer();
const form = new Form(fromHash(location.hash, defaults));
const stage = new Stage((device) => form.showBackend(device));
const runner = new Runner(trainer, stage);
const previewSoon = new Delayed(preview, 200);

/** The choice, if there is one; otherwise the page says what is in its way, unless something runs. */
function chosen(): Choice | undefined {
  const read: Choice | Faults = readFields(form.fields);
  const isChoice = "experiment" in read;
  form.showFaults(isChoice ? new Map() : read);
  if (!isChoice && !runner.running) runner.refuse("Some settings need attention first.");
  return isChoice ? read : undefined;
}

function run(): void {
  previewSoon.cancel();
  const choice = chosen();
  if (!choice) return form.focusFault();
  const { pace, backend } = form.fields;
  const { seconds } = paces[pace];
  remember();
  if (matchMedia("(max-width: 60rem)").matches) element("outcome").scrollIntoView();
  void runner.run(choice, { backend, seconds, still: seconds === 0 && prefersStill.matches });
}

function stop(): void {
  previewSoon.cancel();
  runner.stop();
}

function preview(): void {
  previewSoon.cancel();
  const choice = chosen();
  if (choice) void runner.preview(choice);
}

function remember(): void {
  history.replaceState(null, "", toHash(form.fields));
}

function listen(): void {
  const drawSoon = new Delayed(() => void stage.draw(), 150);
  form.onChange((matters) => {
    remember();
    if (matters && !runner.running) previewSoon.ask();
  });
  element("backend").addEventListener("change", () => void runner.probe(form.fields.backend));
  element("settings").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  element("settings").addEventListener("reset", (event) => {
    event.preventDefault();
    form.reset();
    remember();
    preview();
  });
  element("stop").addEventListener("click", stop);
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && runner.running) stop();
  });
  addEventListener("hashchange", () => apply(fromHash(location.hash, form.fields)));
  addEventListener("resize", () => drawSoon.ask());
  prefersDark.addEventListener("change", () => void stage.draw());
}

function apply(fields: Fields): void {
  if (runner.running) stop();
  form.fields = fields;
  preview();
  void runner.probe(form.fields.backend);
}

async function begin(): Promise<void> {
  listen();
  try {
    const backends = [...await trainer.ask("backends", null)].sort((a, b) => worth(b) - worth(a));
    const { backend } = fromHash(location.hash, defaults);
    form.offerBackends(backends, backend);
    preview();
    await runner.probe(form.fields.backend);
  } catch (error) {
    stage.say("failed", `${(error as Error).message}.`);
  }
}

/** What every browser has goes first, then the visitor's own GPU. */
function worth(backend: string): number {
  return ["webgpu", "wasm"].indexOf(backend);
}

await begin();
