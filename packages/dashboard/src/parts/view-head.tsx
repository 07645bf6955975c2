import type { ComponentChildren, VNode } from "preact";

/** What {@link ViewHead} shows. */
export interface ViewHeadProps {
  readonly title: ComponentChildren;
  /** What the view is about, in a line. */
  readonly about?: ComponentChildren;
  /** What can be done: at the other end of the line. */
  readonly children?: ComponentChildren;
}

/** The head of a view: its title, and what can be done with the whole of it. */
export function ViewHead({ title, about, children }: ViewHeadProps): VNode {
  return (
    <header class="view-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {about === undefined ? null : <p class="about">{about}</p>}
      </div>
      {children === undefined ? null : <div class="view-actions">{children}</div>}
    </header>
  );
}
