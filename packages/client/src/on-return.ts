/** What a page has and Node has not. */
interface Page {
  readonly document?: EventTarget & { readonly visibilityState: string };
  readonly addEventListener?: EventTarget["addEventListener"];
}

/**
 * Calls when the network is there again (`true`), and when somebody looks at the page again (`false`), which may have slept.
 * Never in Node, which is told neither.
 */
export function onReturn(signal: AbortSignal, returned: (isOnline: boolean) => void): void {
  const page: Page = Object(globalThis);
  page.addEventListener?.("online", () => returned(true), { signal });
  page.document?.addEventListener(
    "visibilitychange",
    () => void (page.document?.visibilityState === "visible" && returned(false)),
    { signal },
  );
}
