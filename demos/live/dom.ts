/** The elements that the document promises. */

type Kind<E extends HTMLElement> = new () => E;

/** The element with an id, which is in the document and of this kind. */
export function element<E extends HTMLElement = HTMLElement>(id: string, kind?: Kind<E>): E {
  const found = document.getElementById(id);
  if (found instanceof (kind ?? HTMLElement)) return found as E;
  throw new Error(`Cannot find #${id} in the page`);
}

/** A copy of what a template holds. */
export function fromTemplate(id: string): HTMLElement {
  const { content } = element(id, HTMLTemplateElement);
  return content.firstElementChild!.cloneNode(true) as HTMLElement;
}

/** An element with a text in it. */
export function withText<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  text: string,
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
