/** What a page has and Node has not. */
interface Page {
  readonly document?: EventTarget;
  readonly addEventListener?: EventTarget["addEventListener"];
}

/**
 * Calls when the network is there again (`true`), and when the page comes into view or goes (`false`): it may have slept.
 * Never in Node, which is told neither.
 */
export function onReturn(signal: AbortSignal, returned: (isOnline: boolean) => void): void {
  const { document, addEventListener }: Page = Object(globalThis);
  addEventListener?.("online", () => returned(true), { signal });
  document?.addEventListener("visibilitychange", () => returned(false), { signal });
}
