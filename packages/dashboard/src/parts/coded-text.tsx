import type { VNode } from "preact";

import { InertText } from "./inert-text.tsx";

/** A sentence of the gate's own, in which what stands between backquotes is code. */
export function CodedText({ text }: { readonly text: string }): VNode {
  return (
    <span>
      {text.split("`").map((part, index) =>
        index % 2 === 1 ? (
          <code key={index}>
            <InertText text={part} most={400} />
          </code>
        ) : (
          <InertText key={index} text={part} most={600} />
        ),
      )}
    </span>
  );
}
