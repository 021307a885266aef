/** What runs in the gallery's page: draws each chart in the reader's theme and in the width there is. */
import { Handler } from "vega-tooltip";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { dark, light } from "../charts/theme.ts";
import { axesOf, pressKey } from "./keyboard.ts";

type Config = typeof light;
type Spec = TopLevelSpec & { width?: number; height?: number; vconcat?: Spec[]; params?: unknown };

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const touches = matchMedia("(hover: none)");
const NARROW = 560;

/** A chart on the page, and what it was last drawn with. */
class Figure {
  readonly #container: HTMLElement;
  readonly #spec: Spec;
  #view?: View;
  #axes: ReturnType<typeof axesOf> = [];
  #drawn = "";

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#spec = JSON.parse(document.getElementById(`${container.id}-spec`)!.textContent!);
    container.addEventListener("keydown", (event) => {
      if (!this.#view || event.ctrlKey || event.metaKey || event.altKey) return;
      if (pressKey(event.key, this.#view, this.#axes)) event.preventDefault();
    });
  }

  async draw(): Promise<void> {
    const room = this.#container.clientWidth;
    const wanted = `${room} ${prefersDark.matches}`;
    if (wanted === this.#drawn || room === 0) return;
    this.#drawn = wanted;
    await this.#show(1);
    const [excess, plot] = [this.#width() - room, plotWidth(this.#spec)];
    if (excess > 0) await this.#show((plot - excess) / plot);
  }

  /** Draws with the plot `part` times as wide as specified. */
  async #show(part: number): Promise<void> {
    this.#view?.finalize();
    const narrow = this.#container.clientWidth < NARROW;
    const { spec: vega } = compile(fitted(this.#spec, part, narrow), { config: theme(narrow) });
    const tooltip = new Handler({ theme: prefersDark.matches ? "dark" : "light" });
    this.#view = new View(parse(vega), { renderer: "svg", container: this.#container, hover: true });
    this.#view.tooltip(tooltip.call);
    this.#axes = axesOf(vega);
    await this.#view.runAsync();
  }

  #width(): number {
    return Number(this.#container.querySelector("svg")!.getAttribute("width"));
  }
}

function theme(narrow: boolean): Config {
  const config = prefersDark.matches ? dark : light;
  if (!narrow) return config;
  const legend = { ...config.legend, orient: "bottom", labelOverlap: "greedy", gradientLength: 240 };
  const title = { ...config.title, frame: "bounds", fontSize: 14, subtitleFontSize: 11.5 };
  return { ...config, legend, title } as Config;
}

function plotWidth(spec: Spec): number {
  return spec.width ?? spec.vconcat![0].width!;
}

/** The specification without its own theme, in the size there is; a square plot stays a square. */
function fitted(spec: Spec, part: number, narrow: boolean): TopLevelSpec {
  const { config: _, ...rest } = adapted(spec, narrow);
  const scaled = (value: number) => Math.max(120, Math.floor(value * part));
  for (const view of [rest, ...rest.vconcat ?? []]) {
    const { width, height } = view;
    if (width) view.width = scaled(width);
    if (width && height && height > 0.7 * width) view.height = scaled(height);
  }
  return rest as TopLevelSpec;
}

/** A copy in which a finger scrolls the page rather than the chart, and legends have half the columns where it is narrow. */
function adapted(spec: Spec, narrow: boolean): Spec {
  return JSON.parse(JSON.stringify(spec, (key, value) => {
    if (touches.matches && key === "params") {
      return value.filter(({ bind }: { bind?: string }) => bind !== "scales");
    }
    return narrow && key === "columns" ? value / 2 : value;
  }));
}

const figures = [...document.querySelectorAll<HTMLElement>("[data-chart]")].map((element) =>
  new Figure(element)
);

async function drawAll(): Promise<void> {
  for (const figure of figures) await figure.draw();
  document.documentElement.dataset.drawn = "true";
}

let pending = 0;
addEventListener("resize", () => {
  clearTimeout(pending);
  pending = setTimeout(drawAll, 150);
});
prefersDark.addEventListener("change", drawAll);
await drawAll();
