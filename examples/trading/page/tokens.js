// The tokens of the trading desk: one for a connection, and one for what is said on it.

import { post } from "../../shared/page/visit.js";

/** So long before its end a token is not used any more: it must still be good when the gate reads it. */
const reserveMs = 8000;

async function fetchToken(purpose) {
  const { ok, body } = await post("/token", { for: purpose });
  if (!ok) throw new Error("there is no token for nobody");
  return body;
}

/** For `SallyportSocket`: a new token for each connection and each renewal. */
export async function connectionToken() {
  return (await fetchToken("connection")).token;
}

let kept = null;

/** A token for a message: the one of the last message, for as long as it is good. */
export async function messageToken() {
  if (kept === null || Date.parse(kept.expiresAt) - Date.now() < reserveMs)
    kept = await fetchToken("message");
  return kept.token;
}

/** Another visitor, other tokens. */
export function forgetToken() {
  kept = null;
}
