/** Where the page was when its owner went to the provider to sign in: kept for this tab, until it comes back. */
const KEY = "sallyport.place";

/** Remembers where the page is. */
export function keepPlace(): void {
  try {
    sessionStorage.setItem(KEY, location.hash);
  } catch {
    // A browser that keeps nothing: the page begins at its beginning.
  }
}

/** Goes back there, once, where the page comes without a place. */
export function returnToPlace(): void {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (location.hash === "" && kept?.startsWith("#/") === true) history.replaceState(null, "", kept);
  } catch {
    // As above.
  }
}
