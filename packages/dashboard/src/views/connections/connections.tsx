import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Connections". */
export function Connections(): VNode {
  return (
    <>
      <ViewHead title="Connections" />
    </>
  );
}
