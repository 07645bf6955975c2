import { signal, type Signal } from "@preact/signals";

import type { SignedIn } from "../../../sallyport/src/hosts/dashboard/session-message.ts";

/** Who is signed in; `null`: nobody; `undefined`: not known yet. */
export const viewer: Signal<SignedIn | null | undefined> = signal(undefined);

const RANKS = ["viewer", "operator", "investigator", "admin"] as const;

/** Whether whoever is signed in may do what asks for this role. The gate decides; this spares a button that does nothing. */
export function mayAct(least: (typeof RANKS)[number]): boolean {
  const role = viewer.value?.role;
  return role !== undefined && RANKS.indexOf(role) >= RANKS.indexOf(least);
}
