import { guardFailure } from "../session/session-events.ts";
import type { Denial, Guard, Handshake, LogoutReceiver } from "../guards/guard.ts";
import { readUnverifiedIssuer } from "../guards/json-web-token.ts";
import type { Route } from "../policy/policy.ts";
import { admit, factsOf, refuse } from "../session/admission.ts";
import { newHandshake, readRequest, release } from "./arrival.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { readLogoutForm } from "./logout-form.ts";
import type { PlainExchange, PlainResponse } from "./plain-exchange.ts";
import { refuseResponse } from "./refusal.ts";

/** Guards of a route that a provider must pass: who it is, its token proves. */
const ASKED: ReadonlySet<string> = new Set(["firewall", "connectionLimit"]);

/** Those of any route that take this token: one for each issuer and client, however many routes have it. */
function receiversOf(routes: readonly Route[], token: string): readonly LogoutReceiver[] {
  const issuer = readUnverifiedIssuer(token);
  const found = new Map<string, LogoutReceiver>();
  for (const receiver of routes.flatMap(({ guards }) => guards.flatMap(logoutsOf)))
    if (receiver.issuer === issuer) found.set(JSON.stringify([receiver.issuer, receiver.clientId]), receiver);
  return [...found.values()];
}

function logoutsOf({ logouts = [] }: Guard): readonly LogoutReceiver[] {
  return logouts;
}

/** Whether one of them takes it: `null`, or why the last did not. */
async function offer(
  receivers: readonly LogoutReceiver[],
  token: string,
  handshake: Handshake,
): Promise<Denial | null> {
  let denial: Denial = { code: "identity.logout", detail: "its issuer is none that may sign users out here" };
  for (const receiver of receivers) {
    const found = await receiver.accept(token, handshake);
    if (found === null) return null;
    denial = found;
  }
  return denial;
}

/**
 * `POST /.sallyport/logout` with a form that holds a `logout_token` (OpenID Connect Back-Channel Logout 1.0): the provider says
 * that a user has signed out there. 200 once what it names is revoked; 400 for a token that is not good; 404 where no
 * route takes any. The firewall and the connection limits of the first such route apply. Never rejects.
 */
export async function serveLogout(
  gate: Gate,
  listener: ListenerContext,
  exchange: PlainExchange,
): Promise<void> {
  const { arriving, response } = exchange;
  response.on("error", () => {});
  const arrived = readRequest(gate, listener, arriving);
  if (!arrived.ok) return refuseResponse(response, refuse(arrived.denial, arrived.facts, gate));
  const { routes } = gate.policy;
  const route = routes.find(({ guards }) => guards.some((guard) => logoutsOf(guard).length > 0));
  const handshake = newHandshake(gate, arrived.request);
  const turnAway = (denial: Denial): void =>
    refuseResponse(response, refuse(denial, factsOf(handshake, route?.id ?? null), gate));
  if (route === undefined)
    return turnAway({ code: "handshake.no-route", detail: "no route has `backchannelLogout`" });
  try {
    const guards = route.guards.filter(({ name }) => ASKED.has(name));
    const refused = await admit(handshake, guards, route.id, gate);
    if (refused !== null) return refuseResponse(response, refused);
    const read = await readLogoutForm({
      method: arriving.method,
      contentType: arriving.headers.get("content-type"),
      body: exchange.body,
    });
    const denial =
      "code" in read ? read : await offer(receiversOf(routes, read.token), read.token, handshake);
    if (denial === null) answerDone(response);
    else turnAway(denial);
  } catch (error) {
    turnAway(guardFailure(error));
  } finally {
    release(handshake);
  }
}

/** Back-Channel Logout 2.8. */
function answerDone(response: PlainResponse): void {
  if (response.destroyed || response.headersSent) return void response.destroy();
  response.writeHead(200, ["Cache-Control", "no-store", "Content-Length", "0"]);
  if (!response.writableEnded) response.end();
}
