import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { SignedIn } from "../../../sallyport/src/hosts/dashboard/session-message.ts";
import { gateNow } from "../api/live.ts";
import { OIDC_START, signOut } from "../api/sign-in.ts";
import { Icon } from "../parts/icon.tsx";
import { endNotice } from "./end-notice.ts";
import { keepPlace } from "./return-place.ts";

/** Warns whoever is signed in that it ends, two minutes before. */
export function SessionEnd({ who }: { readonly who: SignedIn }): VNode | null {
  const { from, text, way } = endNotice(who);
  const [, lookAgain] = useState(0);
  // By the gate's clock, which the page learns after it has begun; and a timer of a machine that slept is late.
  const leftMs = from - gateNow();
  useEffect(() => {
    if (leftMs <= 0) return undefined;
    const timer = setTimeout(() => lookAgain(Date.now()), leftMs);
    return () => clearTimeout(timer);
  });
  if (leftMs > 0) return null;
  return (
    <p class="banner">
      <Icon name="warning" />
      <span>
        {`${text} `}
        {who.by === "oidc" ? (
          <a href={OIDC_START} onClick={keepPlace}>
            {way}
          </a>
        ) : (
          <button type="button" class="more" onClick={() => void signOut()}>
            {way}
          </button>
        )}
      </span>
    </p>
  );
}
