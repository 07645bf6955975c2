import { setTimeout as delay } from "node:timers/promises";
import type { Authorization, Client, Order } from "acme-client";
import { createCertificateRequest } from "./certificate-request.ts";
import { withAcmeLibrary } from "./acme-library.ts";

/** A challenge that is to be answered now. */
export interface PresentedChallenge {
  readonly domain: string;
  readonly token: string;
  /** The token and the account's thumbprint (RFC 8555 8.1); the authority makes it public by asking for it. */
  readonly keyAuthorization: string;
}

/** What is ordered, and of whom. */
export interface CertificateOrder {
  /** The URL of the authority's directory. */
  readonly directory: string;
  /** PEM of the CA of the authority's own server; `null`: the system's. */
  readonly directoryCa: string | null;
  readonly email: string | null;
  readonly domains: readonly string[];
  readonly challenge: "http-01" | "tls-alpn-01";
  /** PEM; secret. */
  readonly accountKey: string;
  /** PEM of the key that the certificate is for; secret. */
  readonly key: string;
  /** Resolves when the challenges are answered wherever the authority may ask. */
  present(challenges: readonly PresentedChallenge[]): Promise<void>;
  /** Ends the order. */
  readonly signal: AbortSignal;
}

/** At least 128 random bits in base64url (RFC 8555 8.3), and no more than a path takes. */
const TOKEN = /^[\w-]{16,256}$/;
/** The first wait for an authority that has not decided yet; then each is half as long again, up to the last. */
const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 10_000;

/**
 * Has a certificate issued (RFC 8555 7.4): account, order, challenges, request. Answers the chain, in PEM, as it came: nothing was looked at yet.
 *
 * @throws Error with what the authority said, or why it could not be asked
 */
export async function orderCertificate(wanted: CertificateOrder): Promise<string> {
  return await withAcmeLibrary(wanted, async ({ Client: AcmeClient }) => {
    const { directory, accountKey, domains, email } = wanted;
    const client = new AcmeClient({ directoryUrl: directory, accountKey });
    await client.createAccount({
      termsOfServiceAgreed: true,
      ...(email === null ? {} : { contact: [`mailto:${email}`] }),
    });
    const identifiers = domains.map((value) => ({ type: "dns", value }));
    const order = await client.createOrder({ identifiers });
    await authorize(client, order, wanted);
    await untilReady(client, order, wanted.signal);
    const request = await createCertificateRequest(domains, wanted.key);
    const finalized = await client.finalizeOrder(order, request);
    const issued = await untilIssued(client, { ...finalized, url: order.url }, wanted.signal);
    return await client.getCertificate(issued);
  });
}

/** Answers every challenge that is open, and waits until the authority has seen all. */
async function authorize(client: Client, order: Order, wanted: CertificateOrder): Promise<void> {
  // One for each name (RFC 8555 7.1.3): every further one would be asked about, all at once and again and again.
  if (!(order.authorizations.length <= wanted.domains.length))
    throw new Error("the authority asks about more names than were ordered");
  const authorizations = await client.getAuthorizations(order);
  const open = authorizations.filter(({ status }) => status !== "valid");
  const chosen = open.map((authorization) => chooseChallenge(authorization, wanted));
  const presented = chosen.map(async ({ domain, challenge }): Promise<PresentedChallenge> => {
    const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
    return { domain, token: challenge.token, keyAuthorization };
  });
  await wanted.present(await Promise.all(presented));
  for (const { challenge } of chosen) await client.completeChallenge(challenge);
  await poll(wanted.signal, async () => {
    const now = await client.getAuthorizations(order);
    const refused = now.find(({ status }) => status !== "valid" && status !== "pending");
    if (refused !== undefined) throw new Error(refusalOf(refused));
    return now.every(({ status }) => status === "valid") ? now : null;
  });
}

type Challenge = Authorization["challenges"][number];

function chooseChallenge(
  { identifier, challenges, status }: Authorization,
  { domains, challenge: type }: CertificateOrder,
): { readonly domain: string; readonly challenge: Challenge } {
  if (!domains.includes(identifier.value))
    throw new Error("the authority asks about a name that was not ordered");
  if (status !== "pending") throw new Error(`${identifier.value}: the authorization is ${status}`);
  const challenge = challenges.find((offered) => offered.type === type);
  if (challenge === undefined)
    throw new Error(
      `${identifier.value}: the authority offers ${challenges.map((offered) => offered.type).join(", ")}, not ${type}`,
    );
  if (!TOKEN.test(challenge.token)) throw new Error(`${identifier.value}: the challenge has no token`);
  return { domain: identifier.value, challenge };
}

function refusalOf({ identifier, status, challenges }: Authorization): string {
  const error = challenges.find((challenge) => challenge.status === "invalid")?.error ?? {};
  const told = "detail" in error && typeof error.detail === "string" ? error.detail : null;
  return `${identifier.value}: ${told ?? `the authorization is ${status}`}`;
}

/** Authorizations that are valid make an order ready (RFC 8555 7.1.6), at some authorities a moment later. */
async function untilReady(client: Client, order: Order, signal: AbortSignal): Promise<void> {
  await poll(signal, async () => {
    const { status } = await client.getOrder(order);
    if (status === "invalid") throw new Error("the authority does not go on with the order");
    return status === "pending" ? null : status;
  });
}

async function untilIssued(client: Client, order: Order, signal: AbortSignal): Promise<Order> {
  if (order.status === "valid") return order;
  return await poll(signal, async () => {
    const now = await client.getOrder(order);
    if (now.status === "invalid") throw new Error("the authority did not issue what was ordered");
    return now.status === "valid" ? { ...now, url: order.url } : null;
  });
}

/** Asks until there is an answer. Rejects when the order is ended. */
async function poll<Value>(signal: AbortSignal, ask: () => Promise<Value | null>): Promise<Value> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LAST_WAIT_MS, waitMs * 1.5)) {
    const answer = await ask();
    if (answer !== null) return answer;
    await delay(waitMs, null, { signal });
  }
}
