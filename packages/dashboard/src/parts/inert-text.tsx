import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";

import { codedParts } from "./coded-parts.ts";
import { beginningOf, inertPieces, inertText } from "./inert.ts";

/** What {@link InertText} shows. */
export interface InertTextProps {
  /** From a peer, or from whoever else could have put anything in it. */
  readonly text: string;
  /** Characters shown at first. Default: 160. */
  readonly most?: number;
  /** In one line that is cut off at its end, without a way to see more of it than its `title`: for cells of a table. */
  readonly line?: boolean;
  /** It is a sentence of the gate's own, in which what stands between backquotes is code. */
  readonly coded?: boolean;
}

const STEP = 4000;
const IN_TITLE = 400;

/** A text of a peer that cannot act: what would move, hide or turn text is shown as what it is, and there is never all of it at once. */
export function InertText({ text, most = 160, line = false, coded = false }: InertTextProps): VNode {
  const [shown, setShown] = useState(most);
  const beginning = beginningOf(text, line ? most : shown);
  const left = text.length - beginning.length;
  const pieces = coded
    ? codedParts(beginning).map((part, index) =>
        part.isCode ? <code key={index}>{drawn(part.text)}</code> : drawn(part.text),
      )
    : drawn(beginning);
  if (line)
    return (
      <bdi class="inert inert-line" title={inertText(beginningOf(text, IN_TITLE))}>
        {pieces}
        {left > 0 ? "…" : null}
      </bdi>
    );
  return (
    <span>
      <bdi class="inert">{pieces}</bdi>
      {left > 0 ? (
        <button type="button" class="more" onClick={() => setShown(shown + STEP)}>
          {`… ${left.toLocaleString("en")} more characters`}
        </button>
      ) : null}
    </span>
  );
}

function drawn(text: string): ComponentChildren {
  return inertPieces(text).map(({ text: piece, isEscape }, index) =>
    isEscape ? (
      <span key={index} class="escape">
        {piece}
      </span>
    ) : (
      piece
    ),
  );
}
