import { Handler } from "vega-tooltip";
import { parse, View, type ViewOptions } from "vega";
import { compile } from "vega-lite";
import { fitted, plotWidth, type Room, type Spec, theme } from "./fit.ts";
import { axesOf, pressKey } from "./keyboard.ts";
import { Rows } from "./rows.ts";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const touches = matchMedia("(hover: none)");

/** Evaluates Vega's expressions where a page's policy forbids generating code. */
export type Interpreter = NonNullable<ViewOptions["expr"]>;

/** How a figure is drawn, where it is not as in the gallery. */
export interface FigureOptions {
  readonly interpreter?: Interpreter;
  /** How many times larger than specified the plot may be, where there is room. */
  readonly grow?: number;
}

/** A chart on the page, and what it was last drawn with. */
export class Figure {
  readonly #container: HTMLElement;
  readonly #interpreter?: Interpreter;
  readonly #grow: number;
  #spec: Spec;
  #view?: View;
  #axes: ReturnType<typeof axesOf> = [];
  #rows = new Map<string, Rows>();
  #drawn = "";
  #part = 1;
  #last = Promise.resolve();

  constructor(container: HTMLElement, spec: Spec, { interpreter, grow = 1 }: FigureOptions = {}) {
    this.#container = container;
    this.#spec = spec;
    this.#interpreter = interpreter;
    this.#grow = grow;
    container.addEventListener("keydown", (event) => {
      if (!this.#view || event.ctrlKey || event.metaKey || event.altKey) return;
      if (pressKey(event.key, this.#view, this.#axes)) event.preventDefault();
    });
  }

  /** Draws it if the room or the theme is another than when it was last drawn. */
  draw(): Promise<void> {
    return this.#inTurn(() => this.#fit());
  }

  /** Shows another specification: where it differs in its data alone, the drawing stays and its marks move. */
  update(spec: Spec): Promise<void> {
    return this.#inTurn(() => this.#change(spec));
  }

  // Vega runs across awaits: one drawing or change ends before the next begins.
  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#last = this.#last.then(work, work);
  }

  async #fit(): Promise<void> {
    const room = this.#room();
    const wanted = JSON.stringify(room);
    if (wanted === this.#drawn || room.width === 0) return;
    this.#drawn = wanted;
    await this.#show(this.#part, room);
    const part = this.#partThatFits(room);
    if (Math.abs(part - this.#part) < 0.01) return;
    await this.#show(this.#part = part, room);
  }

  async #change(spec: Spec): Promise<void> {
    const same = this.#view && shapeOf(spec) === shapeOf(this.#spec);
    const before = this.#spec.datasets ?? {};
    this.#spec = spec;
    if (!same) this.#drawn = "";
    if (!this.#drawn) return await this.#fit();
    for (const [name, rows] of Object.entries(spec.datasets ?? {})) {
      if (rows === before[name]) continue;
      const held = this.#rows.get(name) ?? new Rows();
      this.#rows.set(name, held);
      held.change(this.#view!, name, rows as readonly object[]);
    }
    await this.#view!.runAsync();
  }

  #room(): Room {
    return { width: this.#container.clientWidth, isDark: prefersDark.matches, touches: touches.matches };
  }

  /** By what the plot must be multiplied to fill the room, going by how it was drawn last. */
  #partThatFits({ width }: Room): number {
    const plot = plotWidth(this.#spec);
    const around = this.#width() - this.#part * plot;
    return Math.min((width - around) / plot, this.#grow);
  }

  /** Draws with the plot `part` times as wide as specified. */
  async #show(part: number, room: Room): Promise<void> {
    this.#view?.finalize();
    this.#rows.clear();
    const { spec: vega } = compile(fitted(this.#spec, part, room), { config: theme(room) });
    const tooltip = new Handler({ theme: room.isDark ? "dark" : "light" });
    const expr = this.#interpreter;
    this.#view = new View(parse(vega, undefined, { ast: expr !== undefined }), {
      renderer: "svg",
      container: this.#container,
      hover: true,
      ...expr && { expr },
    });
    this.#view.tooltip(tooltip.call);
    this.#axes = axesOf(vega);
    await this.#view.runAsync();
  }

  #width(): number {
    return Number(this.#container.querySelector("svg")!.getAttribute("width"));
  }
}

/** A specification but for its data and its words for a reader who does not see it. */
function shapeOf({ datasets = {}, description: _, ...rest }: Spec): string {
  return JSON.stringify([rest, Object.keys(datasets)]);
}

/** Draws figures now, and again whenever the window or the theme changes. */
export async function keepDrawn(figures: readonly Figure[]): Promise<void> {
  const drawAll = async (): Promise<void> => {
    for (const figure of figures) await figure.draw();
  };
  let pending: ReturnType<typeof setTimeout> | undefined;
  addEventListener("resize", () => {
    clearTimeout(pending);
    pending = setTimeout(drawAll, 150);
  });
  prefersDark.addEventListener("change", drawAll);
  await drawAll();
}
