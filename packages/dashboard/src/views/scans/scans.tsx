import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Scans". */
export function Scans(): VNode {
  return (
    <>
      <ViewHead title="Scans" />
    </>
  );
}
