import { batch, signal, type ReadonlySignal } from "@preact/signals";

/** Where the page is: what stands behind `#` in its address. */
export interface Place {
  readonly view: string;
  /** Further parts of the path, such as the id of a session. */
  readonly rest: readonly string[];
  /** Filters. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads a fragment such as `#/connections/01ab?user=ann`. Whatever cannot be decoded stays as it is. */
export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/").map(decode);
  return {
    view: view === "" ? "now" : view,
    rest: rest.filter((part) => part !== ""),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** Writes what {@link parsePlace} reads. Empty filters are left out. */
export function hrefOf(
  view: string,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = [view, ...rest].map(encodeURIComponent).join("/");
  const written = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${written === "" ? "" : `?${written}`}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const current = signal(parsePlace(globalThis.location?.hash ?? ""));
const before = signal<Place | null>(null);
const steps = signal(0);
let shown = globalThis.location?.hash ?? "";

/** The place now. */
export const place: ReadonlySignal<Place> = current;

/** The place before the last step; `null`: there was none. */
export const placeBefore: ReadonlySignal<Place | null> = before;

/** How often somebody went elsewhere, by a link, a row or the history: filters that change are no step. */
export const stepsTaken: ReadonlySignal<number> = steps;

/** Keeps {@link place} in step with the address, and takes links of the page at once. */
export function followAddress(): void {
  shown = location.hash;
  current.value = parsePlace(shown);
  addEventListener("hashchange", arrive);
  addEventListener("click", follow);
}

/** Goes elsewhere, with a step in the history. The page is there when this returns: the next key is for what it shows then. */
export function goTo(href: string): void {
  location.hash = href;
  arrive();
}

/** The browser tells of another address only later. */
function arrive(): void {
  if (location.hash === shown) return;
  shown = location.hash;
  batch(() => {
    before.value = current.value;
    current.value = parsePlace(shown);
    steps.value += 1;
  });
}

/** A link of the page that is followed here, and not in another window. */
function follow(event: MouseEvent): void {
  const { target, button, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (event.defaultPrevented || button !== 0 || altKey || ctrlKey || metaKey || shiftKey) return;
  const href = target instanceof Element ? target.closest("a")?.getAttribute("href") : undefined;
  if (href?.startsWith("#/") !== true) return;
  event.preventDefault();
  goTo(href);
}

/** Changes filters of the place in its address, without a step in the history. An empty text takes one away. */
export function setFilters(changes: Readonly<Record<string, string>>): void {
  const { view, rest, query } = current.value;
  const href = hrefOf(view, rest, { ...query, ...changes });
  history.replaceState(null, "", href);
  shown = location.hash;
  current.value = parsePlace(href);
}
