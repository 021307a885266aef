/** What runs in the gallery's page: draws each chart in the reader's theme and in the width there is. */
import { Figure, keepDrawn } from "./figure.ts";
import { keepFolded, keepMarked } from "./wide.ts";

keepFolded();
keepMarked();

const figures = [...document.querySelectorAll<HTMLElement>("[data-chart]")].map((element) => {
  const spec = JSON.parse(document.getElementById(`${element.id}-spec`)!.textContent!);
  return new Figure(element, spec);
});

await keepDrawn(figures);
document.documentElement.dataset.drawn = "true";
