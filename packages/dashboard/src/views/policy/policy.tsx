import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Policy". */
export function Policy(): VNode {
  return (
    <>
      <ViewHead title="Policy" />
    </>
  );
}
