import type { VNode } from "preact";

import type { Quantity as Value } from "./format-number.ts";

/** A number with its unit in a smaller hand. @param per such as `/s`, behind the unit */
export function Quantity({ value, per = "" }: { readonly value: Value; readonly per?: string }): VNode {
  const unit = `${value.unit}${per}`;
  return (
    <span class="quantity">
      {value.number}
      {unit === "" ? null : <span class="unit">{`\u202f${unit}`}</span>}
    </span>
  );
}
