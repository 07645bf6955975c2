import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";

import type { Answer, Failure } from "../api/answer.ts";
import { FormDialog } from "./form-dialog.tsx";

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

/** Asks before something is done that cannot be taken back. */
export function ConfirmDialog({ title, action, children, act, close }: ConfirmDialogProps): VNode {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    const answer = await act();
    setBusy(false);
    if (answer.ok) close(true);
    else setFailure(answer);
  };
  return (
    <FormDialog
      isDangerous
      {...{ title, action, isBusy, failure }}
      submit={() => void confirm()}
      close={() => close(false)}
    >
      {children}
    </FormDialog>
  );
}
