import { signal, type ReadonlySignal } from "@preact/signals";
import type { ComponentType } from "preact";

import type { IconName } from "../parts/icon.tsx";

/** A view of the dashboard. */
export interface View {
  /** What stands in the address. */
  readonly id: string;
  readonly title: string;
  readonly icon: IconName;
  /** Fetches it: what nobody looks at is not loaded. */
  readonly load: () => Promise<ComponentType>;
}

/** The views, in the order of the navigation. */
export const views: readonly View[] = [
  { id: "now", title: "Now", icon: "now", load: async () => (await import("../views/now/now.tsx")).Now },
  {
    id: "connections",
    title: "Connections",
    icon: "connections",
    load: async () => (await import("../views/connections/connections.tsx")).Connections,
  },
  {
    id: "attacks",
    title: "Attacks",
    icon: "attacks",
    load: async () => (await import("../views/attacks/attacks.tsx")).Attacks,
  },
  {
    id: "journal",
    title: "Journal",
    icon: "journal",
    load: async () => (await import("../views/journal/journal.tsx")).Journal,
  },
  {
    id: "policy",
    title: "Policy",
    icon: "policy",
    load: async () => (await import("../views/policy/policy.tsx")).Policy,
  },
  {
    id: "scans",
    title: "Scans",
    icon: "scans",
    load: async () => (await import("../views/scans/scans.tsx")).Scans,
  },
];

const loaded = signal<ReadonlyMap<string, ComponentType>>(new Map());

/** The views that are there, by their ids: whichever was asked for first. */
export const loadedViews: ReadonlySignal<ReadonlyMap<string, ComponentType>> = loaded;

/** Has a view be there. Rejects where it cannot be fetched. */
export async function loadView({ id, load }: View): Promise<void> {
  if (loaded.value.has(id)) return;
  const Body = await load();
  loaded.value = new Map([...loaded.value, [id, Body]]);
}
