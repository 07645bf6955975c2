import type {
  Guard,
  GuardDefinition,
  GuardServices,
  Handshake,
  HandshakeRequest,
  HandshakeVerdict,
  Identity,
} from "../src/guards/guard.ts";
import { HeaderList } from "../src/protocol/header-list.ts";
import { createMemoryQuotas } from "../src/state/memory-quotas.ts";
import { createMemoryRevocations } from "../src/state/memory-revocations.ts";
import { createMemoryTickets } from "../src/state/memory-tickets.ts";

/** The parts of a request that a test cares about; `headers` as name, value, name, value. */
export type RequestParts = Partial<Omit<HandshakeRequest, "headers">> & {
  readonly headers?: readonly string[];
};

/** An identity that nobody had to prove. */
export const anonymous: Identity = {
  provider: "anonymous",
  user: null,
  issuer: null,
  claims: {},
  tenant: null,
  expiresAt: null,
  credential: null,
};

/** A caller known by a token, from where the test says. */
export function knownBy(
  credential: Identity["credential"],
  user = "ada",
  issuer = "https://id.example",
): Identity {
  return { provider: "jwt", user, issuer, claims: {}, tenant: null, expiresAt: null, credential };
}

/** A handshake at time 0 on a public TLS listener without names, from 192.0.2.1, with what a test adds. */
export function makeHandshake(
  request: RequestParts = {},
  parts: Partial<Omit<Handshake, "request">> = {},
): Handshake {
  const subprotocols = request.subprotocols ?? [];
  return {
    request: {
      kind: "websocket",
      method: "GET",
      path: "/",
      query: "",
      host: "app.example.com",
      address: "192.0.2.1",
      secure: true,
      listener: { loopback: false, secure: true, port: 443, names: [] },
      certificate: null,
      ...request,
      subprotocols,
      headers: new HeaderList(request.headers ?? []),
    },
    wallNow: 0,
    now: 0,
    identity: null,
    ticket: null,
    subprotocols,
    strippedCookies: new Set(),
    strippedQuery: new Set(),
    strippedHeaders: new Set(),
    releases: [],
    ...parts,
  };
}

/** Services that know no ban and no name, and have no network. */
export function makeServices(parts: Partial<GuardServices> = {}): GuardServices {
  return {
    emit: () => undefined,
    bans: { find: () => null },
    quotas: createMemoryQuotas().of("the guard of a test"),
    tickets: createMemoryTickets({ maxEntries: 100, maxBytes: 1_000_000 }),
    revocations: createMemoryRevocations({ maxEntries: 100 }),
    route: "/",
    routeHosts: [],
    routePath: "/",
    fetch: () => Promise.reject(new Error("a test has no network")),
    wallNow: () => 0,
    ...parts,
  };
}

/** Parses options as the policy does, and makes the guard. Throws what is wrong with them. */
export async function makeGuard<Options>(
  definition: GuardDefinition<Options>,
  options?: unknown,
  services?: Partial<GuardServices>,
): Promise<Guard> {
  return await definition.create(definition.options.parse(options), makeServices(services));
}

/** The messages of what is wrong with options; empty when nothing is. */
export function problemsOf<Options>(definition: GuardDefinition<Options>, options: unknown): string[] {
  const parsed = definition.options.safeParse(options);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
}

/** The code of a refusal, or `pass`. */
export function outcome(verdict: HandshakeVerdict): string {
  return verdict.verdict === "pass" ? "pass" : verdict.code;
}

/** Runs a guard's handshake phase. Throws when it has none. */
export async function shake(guard: Guard, handshake: Handshake): Promise<HandshakeVerdict> {
  if (guard.handshake === undefined) throw new Error(`${guard.name} has no handshake phase`);
  return await guard.handshake(handshake);
}

/** Runs a guard's admission phase. Throws when it has none. */
export async function admit(guard: Guard, handshake: Handshake): Promise<HandshakeVerdict> {
  if (guard.admission === undefined) throw new Error(`${guard.name} has no admission phase`);
  return await guard.admission(handshake);
}
