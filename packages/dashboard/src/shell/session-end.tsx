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
  const [near, setNear] = useState(false);
  useEffect(() => {
    const leftMs = from - gateNow();
    setNear(leftMs <= 0);
    const timer = setTimeout(() => setNear(true), leftMs);
    return () => clearTimeout(timer);
  }, [from]);
  if (!near) return null;
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
