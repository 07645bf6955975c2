import type { ComponentChildren, VNode } from "preact";

import { Icon } from "./icon.tsx";

/** What is wrong with what is shown, in a line of its own. */
export function ProblemLine({ children }: { readonly children: ComponentChildren }): VNode {
  return (
    <p class="problem-line">
      <Icon name="warning" />
      <span>{children}</span>
    </p>
  );
}
