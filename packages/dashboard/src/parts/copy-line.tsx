import type { VNode } from "preact";
import { useState } from "preact/hooks";

import { InertText } from "./inert-text.tsx";
import { inertText } from "./inert.ts";

/** A line to take along. What is copied is what is shown: nothing that a peer wrote can hide in it. */
export function CopyLine({ text }: { readonly text: string }): VNode {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(inertText(text));
      setSaid("Copied");
    } catch {
      setSaid("Select it by hand: this browser does not let pages copy here");
    }
  };
  return (
    <div class="copy-line">
      <code>
        <InertText text={text} most={600} />
      </code>
      <button type="button" class="button" onClick={() => void copy()}>
        Copy
      </button>
      <span role="status" class="muted">
        {said}
      </span>
    </div>
  );
}
