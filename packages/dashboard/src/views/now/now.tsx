import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Now". */
export function Now(): VNode {
  return (
    <>
      <ViewHead title="Now" />
    </>
  );
}
