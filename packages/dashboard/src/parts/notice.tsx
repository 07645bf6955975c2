import type { ComponentChildren, VNode } from "preact";

import type { Failure } from "../api/answer.ts";
import { Icon, type IconName } from "./icon.tsx";
import { InertText } from "./inert-text.tsx";

/** What {@link Empty} says. */
export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** What to do about it, or why that is well. */
  readonly children: ComponentChildren;
}

/** Where something would stand and nothing does: says why, and what to do. */
export function Empty({ icon, title, children }: EmptyProps): VNode {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

const ADVICE: Readonly<Record<Failure["trouble"], string>> = {
  unreachable:
    "The page tries again by itself. Look whether the gateway runs, and whether its admin address is reachable from here.",
  "signed-out": "Sign in again: what you were looking at comes back.",
  forbidden: "Ask whoever runs the gateway for a token with the role that is needed.",
  missing:
    "It may have ended, or be so long ago that the gateway does not know it any more. The journal may have it.",
  "not-understood": "Change what you asked for and try again.",
  "too-many": "Wait a few seconds, and try again.",
  failed: "The gateway's log says more about it.",
};

/** What went wrong, in the gate's words, and what to do about it. @param again tries once more */
export function FailureNotice({
  failure,
  again,
}: {
  readonly failure: Failure;
  readonly again?: () => void;
}): VNode {
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="warning" />
      <div>
        <p class="notice-title">
          <InertText coded text={sentenceCase(failure.sentence)} most={400} />
        </p>
        {failure.problems.length === 0 ? null : (
          <ul>
            {failure.problems.map((problem) => (
              <li key={problem}>
                <InertText coded text={problem} most={400} />
              </li>
            ))}
          </ul>
        )}
        <p>{ADVICE[failure.trouble]}</p>
        {again === undefined ? null : (
          <button type="button" class="button" onClick={again}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** Begins with a capital and ends with a full stop. */
function sentenceCase(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** While something is asked for. */
export function Loading({ what }: { readonly what: string }): VNode {
  return (
    <p class="loading" role="status">
      <span class="loading-dot" aria-hidden="true" />
      {what}
    </p>
  );
}
