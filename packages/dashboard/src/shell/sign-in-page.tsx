import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Failure } from "../api/answer.ts";
import { OIDC_START, providers, signedOutBy, signIn, type SignedOutBy } from "../api/sign-in.ts";
import { BusyButton } from "../parts/busy-button.tsx";
import { Mark } from "../parts/icon.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { keepPlace } from "./return-place.ts";
import { ThemeSwitch } from "./theme-switch.tsx";

const ENDED: Readonly<Record<SignedOutBy, string>> = {
  self: "You are signed out.",
  "self-untold":
    "You left, and the gateway could not be told: whoever loads this page again in this browser is signed in, until your session ends.",
  gate: "You are signed out: your session has ended, or your rights have changed.",
};

/** Where one signs in. @param ended somebody was signed in, and is not any more */
export function SignInPage({ ended }: { readonly ended: boolean }): VNode {
  const offered = providers.value;
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <Mark />
        <h1>Sallyport</h1>
        {ended ? (
          <p class="notice" role="status">
            {ENDED[signedOutBy.value]}
          </p>
        ) : null}
        {offered.includes("token") ? <TokenForm /> : null}
        {offered.includes("oidc") ? (
          <a class="button button-wide" href={OIDC_START} onClick={keepPlace}>
            Sign in with your organisation
          </a>
        ) : null}
        {offered.length === 0 ? (
          <p class="notice">
            Nobody can sign in yet: write <code>admin.tokenFile</code> in the gateway's configuration and
            reload it. The gateway makes the token.
          </p>
        ) : null}
      </div>
      <ThemeSwitch />
    </main>
  );
}

function TokenForm(): VNode {
  const field = useRef<HTMLInputElement>(null);
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  // `autofocus` is for pages that load: this one may come when somebody is signed out. Before it is drawn: the next key is for it.
  useLayoutEffect(() => field.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const answer = await signIn(token.trim());
    setBusy(false);
    setFailure(answer.ok ? null : answer);
    // What is not right is written over.
    if (!answer.ok) field.current?.select();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label class="field">
        <span>Admin token</span>
        <input
          ref={field}
          type="password"
          name="token"
          autoComplete="current-password"
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>
      <p class="hint">
        In the file that <code>admin.tokenFile</code> of the gateway's configuration names.
      </p>
      {failure === null ? null : <FailureNotice failure={failure} />}
      <BusyButton type="submit" class="button-main button-wide" isBusy={busy}>
        Sign in
      </BusyButton>
    </form>
  );
}
