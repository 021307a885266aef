import { type Limits, MOST_PATHS, type Name, offers, rateLimits, roundsOf, seedLimits } from "./catalog.ts";
import type { Device } from "./calls.ts";
import { defaultsOf, type Faults, type Fields, type PathFields } from "./choice.ts";
import { element, fromTemplate, withText } from "./dom.ts";

/** The settings as the reader sees and changes them. */
export class Form {
  readonly #form = element("settings", HTMLFormElement);
  readonly #rows = element("rows");
  readonly #steps = element("steps", HTMLInputElement);
  readonly #seed = element("seed", HTMLInputElement);
  readonly #pace = element("pace", HTMLSelectElement);
  readonly #backend = element("backend", HTMLSelectElement);
  readonly #add = element("add", HTMLButtonElement);
  // What was entered for the experiments that are not shown.
  readonly #kept = new Map<Name, Fields>();
  #experiment: Name;

  constructor(fields: Fields) {
    this.#experiment = fields.experiment;
    limit(this.#seed, seedLimits);
    this.fields = fields;
    this.#form.addEventListener("input", (event) => this.#entered(event.target));
    this.#add.addEventListener("click", () => this.#addPath());
  }

  /** Calls back whenever something was changed; with `false` if a run of it would give the same. */
  onChange(changed: (matters: boolean) => void): void {
    this.#form.addEventListener("input", ({ target }) => {
      changed(target !== this.#pace && target !== this.#backend);
    });
  }

  get fields(): Fields {
    return {
      experiment: this.#experiment,
      paths: [...this.#rows.children].map((row) => this.#readRow(row)),
      steps: this.#steps.value,
      seed: this.#seed.value,
      backend: this.#backend.value,
      pace: this.#pace.value,
    };
  }

  set fields(fields: Fields) {
    this.#experiment = fields.experiment;
    const { coordinates, takesSteps, seeded, plan } = offers[fields.experiment];
    const { label, limits } = roundsOf(fields.experiment), hasPaths = plan.paths.length > 0;
    limit(this.#steps, limits);
    element("steps-field").querySelector("label")!.textContent = label;
    element("paths").hidden = !hasPaths;
    for (const radio of this.#form.querySelectorAll<HTMLInputElement>("[name=experiment]")) {
      radio.checked = radio.value === fields.experiment;
    }
    for (const about of this.#form.querySelectorAll<HTMLElement>("[data-about]")) {
      about.hidden = about.dataset.about !== fields.experiment;
    }
    this.#form.querySelector("#paths legend")!.textContent = takesSteps ? "Paths" : "Point";
    const heads = [...coordinates, ...takesSteps ? ["rate"] : []].map((text) => withText("span", text));
    this.#form.querySelector(".heads")!.replaceChildren(...heads);
    this.#rows.replaceChildren(...fields.paths.map((path) => this.#makeRow(path)));
    this.#numberRows();
    this.#steps.value = fields.steps;
    this.#seed.value = fields.seed;
    element("steps-field").hidden = !takesSteps;
    element("pace-field").hidden = !takesSteps || !hasPaths;
    element("seed-field").hidden = !seeded;
    this.#pace.value = fields.pace;
    this.#choose(fields.backend);
    this.showFaults(new Map());
  }

  /** The backends that can be asked for. */
  offerBackends(names: readonly string[], chosen: string): void {
    this.#backend.replaceChildren(...names.map((name) => new Option(name, name)));
    this.#choose(chosen);
  }

  /** Lets the selector say what runs, where it is not what was asked for. */
  showBackend({ backend, instead }: Device): void {
    const refused = [...this.#backend.options].find(({ value }) => value === instead?.of);
    if (!refused) return;
    const wasChosen = refused.selected;
    refused.disabled = true;
    refused.text = `${refused.value}, not offered here`;
    if (wasChosen) this.#choose(backend);
  }

  /** Says what is wrong beside the fields that it is wrong with, and nothing beside the others. */
  showFaults(faults: Faults): void {
    for (const [name, input] of [["steps", this.#steps], ["seed", this.#seed]] as const) {
      markFault(input, faults.has(name));
      element(`${name}-fault`).textContent = sentences([faults.get(name)]);
    }
    [...this.#rows.children].forEach((row, i) => {
      const inputs = [...row.querySelectorAll("input")];
      const own = inputs.map((_, k) => faults.get(`path-${i}-${k}`));
      const whole = own.some(Boolean) ? undefined : faults.get(`path-${i}`);
      inputs.forEach((input, k) => markFault(input, (own[k] ?? whole) !== undefined));
      row.querySelector(".fault")!.textContent = sentences([...own, whole]);
    });
  }

  /** Puts the reader where the first fault is. */
  focusFault(): void {
    this.#form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }

  /** Puts back what the experiment is planned to be. */
  reset(): void {
    this.#kept.delete(this.#experiment);
    this.fields = defaultsOf(this.#experiment, this.fields);
  }

  // Leaves it as it is for a backend that is not there.
  #choose(backend: string): void {
    const there = [...this.#backend.options].some(({ value, disabled }) => value === backend && !disabled);
    if (there) this.#backend.value = backend;
  }

  // Runs before those that ask for the fields.
  #entered(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement) || target.name !== "experiment") return;
    const { backend, pace } = this.fields;
    this.#kept.set(this.#experiment, this.fields);
    const next = target.value as Name;
    this.fields = { ...this.#kept.get(next) ?? defaultsOf(next, { backend, pace }), backend, pace };
  }

  #addPath(): void {
    const last = this.#readRow(this.#rows.lastElementChild!);
    const row = this.#makeRow({ ...last, start: last.start.map(() => "") });
    this.#rows.append(row);
    this.#numberRows();
    row.querySelector("input")!.focus();
    this.#announce();
  }

  #removePath(row: Element): void {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.#numberRows();
    (neighbour?.querySelector<HTMLElement>(".remove:not([hidden])") ?? this.#add).focus();
    this.#announce();
  }

  #announce(): void {
    this.#rows.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #makeRow({ start, rate }: PathFields): HTMLElement {
    const { coordinates, start: limits, takesSteps } = offers[this.#experiment];
    const row = fromTemplate("path");
    const inputs = coordinates.map((_, axis) => numberInput(start[axis] ?? "", limits));
    if (takesSteps) inputs.push(numberInput(rate, rateLimits));
    const remove = row.querySelector<HTMLButtonElement>(".remove")!;
    remove.before(...inputs);
    remove.addEventListener("click", () => this.#removePath(row));
    return row;
  }

  /** Names the rows by their place: what they are called, and the colour of their path. */
  #numberRows(): void {
    const { coordinates, takesSteps } = offers[this.#experiment];
    const rows = [...this.#rows.children] as HTMLElement[];
    rows.forEach((row, i) => {
      const path = takesSteps ? `Path ${i + 1}` : "Point";
      row.setAttribute("aria-label", path);
      row.style.setProperty("--color", `var(--series-${i})`);
      const fault = row.querySelector<HTMLElement>(".fault")!;
      fault.id = `path-${i}-fault`;
      row.querySelectorAll("input").forEach((input, k) => {
        input.name = `path-${i}-${k}`;
        input.setAttribute("aria-label", `${path}, ${coordinates[k] ?? "learning rate"}`);
        input.setAttribute("aria-describedby", fault.id);
      });
      const remove = row.querySelector<HTMLButtonElement>(".remove")!;
      remove.setAttribute("aria-label", `Remove path ${i + 1}`);
      remove.hidden = rows.length === 1;
    });
    this.#add.hidden = !takesSteps || rows.length >= MOST_PATHS;
  }

  #readRow(row: Element): PathFields {
    const values = [...row.querySelectorAll("input")].map(({ value }) => value);
    const { coordinates, takesSteps } = offers[this.#experiment];
    return {
      start: values.slice(0, coordinates.length),
      rate: takesSteps ? values[coordinates.length] : "0",
    };
  }
}

function numberInput(value: string, limits: Limits): HTMLInputElement {
  const input = document.createElement("input");
  input.type = "number";
  input.autocomplete = "off";
  limit(input, limits);
  input.value = value;
  return input;
}

/** The arrow keys step by a handy amount; what is in between may be typed. */
function limit(input: HTMLInputElement, { least, most, by }: Limits): void {
  input.min = String(Math.abs(least) < by ? 0 : least);
  input.max = String(most);
  input.step = String(by);
}

function markFault(input: HTMLElement, isFaulty: boolean): void {
  if (isFaulty) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function sentences(faults: readonly (string | undefined)[]): string {
  return faults.flatMap((fault) => fault ? [`${fault}.`] : []).join(" ");
}
