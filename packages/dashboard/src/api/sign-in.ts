import { batch, signal, type Signal } from "@preact/signals";

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

/** How somebody came to be signed out: by themselves, also where the gate could not be told; else by the gate. */
export type SignedOutBy = "self" | "self-untold" | "gate";

/** How whoever was signed in last came to be signed out. */
export const signedOutBy: Signal<SignedOutBy> = signal("gate");

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
  if (!answer.ok) return answer;
  batch(() => {
    viewer.value = answer.body;
    signedOutBy.value = "gate";
  });
  return answer;
}

/** Signs out. */
export async function signOut(): Promise<void> {
  const answer = await ask(SESSION, { method: "DELETE" });
  batch(() => {
    viewer.value = null;
    signedOutBy.value = answer.ok || answer.trouble === "signed-out" ? "self" : "self-untold";
  });
}
