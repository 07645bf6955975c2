import type { VNode } from "preact";

/** Drawn on a square of 20, with lines of 1.6. */
const PATHS = {
  now: "M2.5 10.5h3l2.2-6 4.2 11 2.2-5h3.4",
  connections:
    "M6.8 5.2H4.5a2 2 0 0 0-2 2v5.6a2 2 0 0 0 2 2h2.3M13.2 5.2h2.3a2 2 0 0 1 2 2v5.6a2 2 0 0 1-2 2h-2.3M6.5 10h7",
  attacks: "M10 2.5 4 4.8v4.6c0 3.8 2.5 6.6 6 8.1 3.5-1.5 6-4.3 6-8.1V4.8zM10 6.8v3.6M10 13.2v.1",
  journal:
    "M5.5 3h8.2a1.3 1.3 0 0 1 1.3 1.3v12.4l-2.5-1.4-2.4 1.4-2.5-1.4L5 16.7V3.5A.5.5 0 0 1 5.5 3M7.8 7h4.6M7.8 10.3h4.6",
  policy: "M3.5 5.5h7M13.5 5.5h3M3.5 10h2M8.5 10h8M3.5 14.5h7M13.5 14.5h3M12 4v3M7 8.5v3M12 13v3",
  scans: "M8.8 14.6a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6M13.2 13.2l4 4M8.8 6v3.2l2 1.3",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M10 2.2v1.6M10 16.2v1.6M2.2 10h1.6M16.2 10h1.6M4.5 4.5l1.1 1.1M14.4 14.4l1.1 1.1M15.5 4.5l-1.1 1.1M5.6 14.4l-1.1 1.1",
  moon: "M16.5 11.7A6.8 6.8 0 0 1 8.3 3.5a6.8 6.8 0 1 0 8.2 8.2",
  system: "M3.5 4h13v9h-13zM7.5 16.5h5M10 13v3.5",
  "sign-out": "M8 3.5H4.5v13H8M12.5 6.5 16 10l-3.5 3.5M16 10H8",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4.5 6.5 10l5.5 5.5",
  next: "M8 4.5 13.5 10 8 15.5",
  warning: "M10 3.2 2.6 16.2h14.8zM10 8v4M10 14v.1",
  check: "M4 10.5l4 4 8-9",
} as const;

/** Names of icons. */
export type IconName = keyof typeof PATHS;

/** A drawing beside words that say the same: screen readers pass over it. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The gate's mark. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="32" height="32" rx="7" />
      <path class="mark-arch" d="M8 25V14a8 8 0 0 1 16 0v11" />
      <path class="mark-bars" d="M13 25v-9M19 25v-9M8.5 19h15" />
    </svg>
  );
}
