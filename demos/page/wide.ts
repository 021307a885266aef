/** What depends on the width there is, beside the charts. */

/** Keeps the sources open where they stand beside the charts, and folded where they would push them away. */
export function keepFolded(): void {
  const beside = matchMedia("(min-width: 72rem)");
  const fold = (): void => {
    for (const source of document.querySelectorAll<HTMLDetailsElement>(".source")) {
      source.open = beside.matches;
    }
  };
  beside.addEventListener("change", fold);
  fold();
}

/** Marks what is wider than its frame, so that the style can say that it scrolls. */
export function keepMarked(): void {
  const mark = (frame: Element): void => {
    frame.classList.toggle("wider", frame.scrollWidth > frame.clientWidth);
  };
  const frames = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
  for (const frame of document.querySelectorAll("pre")) frames.observe(frame);
}
