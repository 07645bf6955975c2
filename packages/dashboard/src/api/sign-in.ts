import { signal, type Signal } from "@preact/signals";

import type {
  SignedIn,
  SignedOut,
  SignInProvider,
  WhoAmI,
} from "../../../sallyport/src/hosts/dashboard/session-message.ts";
import type { Answer } from "./answer.ts";
import { ask } from "./ask.ts";
import { viewer } from "./viewer.ts";

/** The ways to sign in. Empty: nothing, until the configuration names a token. */
export const providers: Signal<readonly SignInProvider[]> = signal(["token"]);

/** Where the browser goes to sign in by the provider. */
export const OIDC_START = "/dashboard/oidc/start";

const SESSION = "/dashboard/session";

/** Asks who is signed in. Where the gate does not answer, nothing that was known changes. */
export async function askWho(): Promise<Answer<WhoAmI>> {
  const answer = await ask<WhoAmI>(SESSION);
  if (answer.ok) {
    providers.value = answer.body.providers;
    viewer.value = answer.body;
  } else if (answer.trouble === "signed-out") {
    const { providers: offered }: Partial<SignedOut> = Object(answer.body);
    if (offered !== undefined) providers.value = offered;
  }
  return answer;
}

/** Signs in by a token of the admin API. */
export async function signIn(token: string): Promise<Answer<SignedIn>> {
  const answer = await ask<SignedIn>(SESSION, { method: "POST", body: { token } });
  if (answer.ok) viewer.value = answer.body;
  return answer;
}

/** Signs out. */
export async function signOut(): Promise<void> {
  await ask(SESSION, { method: "DELETE" });
  viewer.value = null;
}
