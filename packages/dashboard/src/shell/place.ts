import { signal, type ReadonlySignal } from "@preact/signals";

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

/** The place now. */
export const place: ReadonlySignal<Place> = current;

/** Keeps {@link place} in step with the address. */
export function followAddress(): void {
  current.value = parsePlace(location.hash);
  addEventListener("hashchange", () => {
    current.value = parsePlace(location.hash);
  });
}

/** Changes filters of the place in its address, without a step in the history. An empty text takes one away. */
export function setFilters(changes: Readonly<Record<string, string>>): void {
  const { view, rest, query } = current.value;
  const href = hrefOf(view, rest, { ...query, ...changes });
  history.replaceState(null, "", href);
  current.value = parsePlace(href);
}
