import { expressionInterpreter } from "vega-interpreter";
import type { Chart } from "../charts/chart.ts";
import { Figure, type Interpreter } from "../page/figure.ts";
import type { Spec } from "../page/fit.ts";
import type { Device } from "./calls.ts";
import type { Name } from "./catalog.ts";
import { element, fromTemplate } from "./dom.ts";
import { liveTexts } from "./texts.ts";

export type State = "ready" | "running" | "done" | "stopped" | "failed";

/** What the page shows of a run. */
export class Stage {
  readonly #status = element("status");
  readonly #device = element("device");
  readonly #progress = element("progress", HTMLProgressElement);
  readonly #charts = element("charts");
  #figures: { readonly figure: Figure; readonly place: HTMLElement }[] = [];
  #experiment?: Name;
  #state: State = "ready";
  // What was refused once is told for as long as something else runs.
  // What runs in place of what was asked for, and why.
  #instead: { readonly backend: string; readonly why: string } | undefined;
  readonly #onDevice: (device: Device) => void;

  /** Calls back when it is known where runs are computed. */
  constructor(onDevice: (device: Device) => void) {
    this.#onDevice = onDevice;
  }

  /** How the run is that is shown. */
  get state(): State {
    return this.#state;
  }

  /** Says how the run is, aloud too, and marks the page with it. */
  say(state: State, sentence: string): void {
    this.#state = state;
    element("main").dataset.state = state;
    this.#status.textContent = sentence;
    this.#progress.hidden = state !== "running";
    const stop = element("stop", HTMLButtonElement);
    if (state !== "running" && document.activeElement === stop) element("run").focus();
    stop.disabled = state !== "running";
  }

  /** Says where runs are computed; the selector says it too. */
  showDevice(device: Device): void {
    const { backend, description, dtype, instead } = device;
    if (instead) this.#instead = { backend, why: instead.why };
    const adapter = description || (backend === "cpu" ? "plain TypeScript" : "");
    const details = [adapter, `in ${dtype}`].filter(Boolean).join(", ");
    const why = backend === this.#instead?.backend ? this.#instead.why : undefined;
    this.#device.textContent = `Runs on ${backend}${why ? `: ${why} (${details})` : `, ${details}`}.`;
    this.#device.classList.toggle("fallback", why !== undefined);
    this.#onDevice(device);
  }

  showProgress(done: number, steps: number): void {
    this.#progress.max = steps;
    this.#progress.value = done;
  }

  /** Moves the charts on; those of another experiment take the places of the ones before. */
  async showCharts(experiment: Name, charts: readonly Chart[]): Promise<void> {
    const specs = charts.map(liveSpec);
    if (this.#experiment !== experiment || this.#figures.length !== specs.length) {
      this.#place(experiment, specs);
    }
    for (const [i, { figure }] of this.#figures.entries()) await figure.update(specs[i]);
  }

  /** Tells those who do not see the charts what they show now. */
  describe(charts: readonly Chart[]): void {
    this.#figures.forEach(({ place }, i) => {
      place.setAttribute("aria-label", String(charts[i].spec.description));
    });
  }

  /** Draws all again, in another room or theme. */
  async draw(): Promise<void> {
    for (const { figure } of this.#figures) await figure.draw();
  }

  #place(experiment: Name, specs: readonly Spec[]): void {
    this.#experiment = experiment;
    this.#figures.forEach(({ place }) => place.closest("figure")?.remove());
    this.#figures = specs.map((spec, i) => {
      const framed = fromTemplate("figure");
      framed.querySelector("figcaption")!.textContent = liveTexts[experiment].captions[i];
      if (i === 0) this.#charts.prepend(framed);
      else this.#charts.append(framed);
      const place = framed.querySelector<HTMLElement>(".chart")!;
      const interpreter = expressionInterpreter as Interpreter;
      return { figure: new Figure(place, spec, { interpreter, grow: i === 0 ? GROW : 1 }), place };
    });
  }
}

/** How much larger than specified the first chart may be, where there is room. */
const GROW = 1.2;

/** The page has its own headings, so a chart goes without. */
function liveSpec({ spec }: Chart): Spec {
  const { title: _, ...rest } = spec as Spec & { title?: unknown };
  return rest as Spec;
}
