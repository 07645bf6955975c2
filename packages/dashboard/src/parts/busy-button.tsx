import type { ComponentChildren, VNode } from "preact";

/** What {@link BusyButton} is. */
export interface BusyButtonProps {
  readonly type?: "button" | "submit";
  /** Beside `button`. */
  readonly class?: string;
  /** Whether what it does is being done: until then it does nothing. */
  readonly isBusy: boolean;
  readonly press?: () => void;
  readonly children: ComponentChildren;
}

/** A button of which one press at a time counts. Whoever is at it stays there, which nobody does at a button that is disabled. */
export function BusyButton(props: BusyButtonProps): VNode {
  const { type = "button", class: more = "", isBusy, press, children } = props;
  const onClick = (event: Event): void => {
    if (isBusy) event.preventDefault();
    else press?.();
  };
  return (
    <button type={type} class={`button ${more}`} aria-disabled={isBusy} onClick={onClick}>
      {children}
    </button>
  );
}
