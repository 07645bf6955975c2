import type { ComponentChildren, VNode } from "preact";

/** What something comes to, under its name: in a `dl` of the class `figures-line`. */
export function Figure({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
