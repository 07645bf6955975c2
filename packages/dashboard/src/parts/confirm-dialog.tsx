import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Answer, Failure } from "../api/answer.ts";
import { FailureNotice } from "./notice.tsx";

/** What {@link ConfirmDialog} asks. */
export interface ConfirmDialogProps {
  readonly title: string;
  /** What the button that does it says: a verb. */
  readonly action: string;
  /** Exactly what will happen. */
  readonly children: ComponentChildren;
  /** Does it. A failure stays in the dialog, which can then be tried again or closed. */
  readonly act: () => Promise<Answer<unknown>>;
  /** It is over: done, or not wanted. */
  readonly close: (done: boolean) => void;
}

/** Asks before something is done that cannot be taken back. The platform's dialog: Escape leaves it, and the focus comes back. */
export function ConfirmDialog({ title, action, children, act, close }: ConfirmDialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const answer = await act();
    setBusy(false);
    if (answer.ok) close(true);
    else setFailure(answer);
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={() => close(false)}>
      <form onSubmit={(event) => void confirm(event)}>
        <h2 id={id}>{title}</h2>
        <div class="dialog-body">{children}</div>
        {failure === null ? null : <FailureNotice failure={failure} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => close(false)}>
            Cancel
          </button>
          <button type="submit" class="button button-danger" disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
