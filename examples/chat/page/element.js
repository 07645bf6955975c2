// Elements without markup: what somebody wrote is text, whatever it looks like.

/** Makes an element. Of `properties`, `dataset` and `aria…` are set as such, and the rest as properties; `children`: elements or texts. */
export function element(name, { dataset = {}, ...properties } = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made.dataset, dataset);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** The elements of the page with these ids, which stand with spaces between them, by their ids. */
export function byId(ids) {
  return Object.fromEntries(ids.split(/\s+/).map((id) => [id, document.getElementById(id)]));
}

/** Puts other children in an element's place; whoever had the focus there has it at the same place again. */
export function replaceKeepingFocus(parent, children) {
  const focusables = () => [...parent.querySelectorAll("button")];
  const focused = focusables().indexOf(document.activeElement);
  parent.replaceChildren(...children);
  focusables()
    .at(focused < 0 ? Infinity : focused)
    ?.focus();
}
