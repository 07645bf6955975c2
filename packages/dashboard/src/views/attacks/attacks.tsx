import type { VNode } from "preact";

import { ViewHead } from "../../parts/view-head.tsx";

/** The view "Attacks". */
export function Attacks(): VNode {
  return (
    <>
      <ViewHead title="Attacks" />
    </>
  );
}
