import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Journal". */
export function Journal(): VNode {
  return (
    <>
      <ViewHead title="Journal" />
    </>
  );
}
