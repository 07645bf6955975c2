import type { Extension, ExtensionParameter } from "./extensions.ts";
import { quoteForDetail } from "./handshake-violation.ts";

/** What one side compresses with, as negotiated (RFC 7692 7.1). */
export interface DeflateSide {
  /** The base-2 logarithm of its window, in bytes: 8 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer to those before it; else each begins afresh. */
  readonly takeover: boolean;
}

/** The extension in force on a connection: what the client compresses with, and what the server does. */
export interface Deflate {
  readonly client: DeflateSide;
  readonly server: DeflateSide;
  /** As the client is answered. */
  readonly extension: Extension;
}

/** The sides whose messages may be dropped or replaced, and which therefore must begin each message afresh. */
export type DeflatePins = Readonly<Record<"client" | "server", boolean>>;

/** What {@link acceptDeflate} returns. */
export type AcceptedDeflate =
  | { readonly ok: true; readonly deflate: Deflate | null }
  | { readonly ok: false; readonly detail: string };

const NAME = "permessage-deflate";
const MAX_WINDOW_BITS = 15;

/** RFC 7692 7.1.2: a decimal integer from 8 to 15, without leading zeros. */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

const CLIENT_NO_TAKEOVER = "client_no_context_takeover";
const SERVER_NO_TAKEOVER = "server_no_context_takeover";
const CLIENT_BITS = "client_max_window_bits";
const SERVER_BITS = "server_max_window_bits";

/** One offer or answer, read. Bits are `null` where the parameter is absent, and 15 where it stands without a value. */
interface Parameters {
  readonly clientFresh: boolean;
  readonly serverFresh: boolean;
  readonly clientBits: number | null;
  readonly serverBits: number | null;
}

/**
 * Of what a client offers, what goes on to a server: the offers of permessage-deflate that a server may accept, in order and
 * as they came, with the parameter added that has a pinned side begin each message afresh. Leaves out every other extension,
 * and offers that a server must decline (RFC 7692 7.1): an unknown or repeated parameter, a value that is none.
 */
export function deflateOffers(offered: readonly Extension[], pins: DeflatePins): readonly Extension[] {
  return offered
    .filter((extension) => extension.name === NAME && readParameters(extension, "offer") !== null)
    .map(({ name, params }) => ({ name, params: [...params, ...missing(params, pins)] }));
}

/**
 * Reads what a server answered to these offers (RFC 7692 7.1.1, 7.1.2): nothing, or permessage-deflate once, with parameters
 * that one of the offers allows. A server may ignore that a client is to begin each message afresh, since it can read such
 * messages anyhow: then the client is told so all the same.
 */
export function acceptDeflate(
  answered: readonly Extension[],
  offers: readonly Extension[],
  pins: DeflatePins,
): AcceptedDeflate {
  const [extension, ...others] = answered;
  if (extension === undefined) return { ok: true, deflate: null };
  if (offers.length === 0) return refuse("it chose an extension, and none was offered");
  if (others.length > 0) return refuse(`it chose ${answered.length} extensions`);
  const { name, params } = extension;
  if (name !== NAME)
    return refuse(`it chose the extension ${quoteForDetail(name)}, which it was not offered`);
  const answer = readParameters(extension, "answer");
  if (answer === null) return refuse(`its parameters of ${NAME} are none that an answer may have`);
  if (!offers.some((offer) => allows(offer, answer)))
    return refuse(`its parameters of ${NAME} fit none of the offers`);
  const added = missing(params, { client: pins.client, server: false });
  return {
    ok: true,
    deflate: {
      client: sideOf(answer.clientBits, answer.clientFresh || added.length > 0),
      server: sideOf(answer.serverBits, answer.serverFresh),
      extension: { name, params: [...params, ...added] },
    },
  };
}

/**
 * The compression that a server of ours agrees to, by the first offer; `null` where there is none. The client's messages are inflated,
 * and the server sends its own uncompressed, which it may (RFC 7692 7.2.1): it says that each would begin afresh, so that nobody keeps a
 * window for them.
 */
export function takeDeflate(offers: readonly Extension[], pins: DeflatePins): Deflate | null {
  for (const { name, params } of offers) {
    const bits = params.filter((parameter) => parameter.name === SERVER_BITS && parameter.value !== null);
    const fresh = params.filter((parameter) => parameter.name === CLIENT_NO_TAKEOVER);
    const answer = { name, params: [{ name: SERVER_NO_TAKEOVER, value: null }, ...fresh, ...bits] };
    const accepted = acceptDeflate([answer], offers, pins);
    if (accepted.ok && accepted.deflate !== null) return accepted.deflate;
  }
  return null;
}

function sideOf(bits: number | null, fresh: boolean): DeflateSide {
  return { windowBits: bits ?? MAX_WINDOW_BITS, takeover: !fresh };
}

function refuse(detail: string): AcceptedDeflate {
  return { ok: false, detail };
}

/** The parameters by which pinned sides begin afresh, as far as they are not there. */
function missing(params: readonly ExtensionParameter[], pins: DeflatePins): readonly ExtensionParameter[] {
  const wanted = [...(pins.server ? [SERVER_NO_TAKEOVER] : []), ...(pins.client ? [CLIENT_NO_TAKEOVER] : [])];
  return wanted
    .filter((name) => !params.some((parameter) => parameter.name === name))
    .map((name) => ({ name, value: null }));
}

/** Whether a server that accepts this offer may answer so. What it may add unasked are limits on itself, and a client's fresh start. */
function allows(offer: Extension, answer: Parameters): boolean {
  const offered = readParameters(offer, "offer");
  if (offered === null || (offered.serverFresh && !answer.serverFresh)) return false;
  if ((answer.serverBits ?? MAX_WINDOW_BITS + 1) > (offered.serverBits ?? MAX_WINDOW_BITS + 1)) return false;
  return answer.clientBits === null || answer.clientBits <= (offered.clientBits ?? 0);
}

/** The parameters of an offer or an answer; `null` where it holds one that is unknown, stands twice, or has a value that is none. */
function readParameters({ params }: Extension, kind: "offer" | "answer"): Parameters | null {
  const values = new Map(params.map(({ name, value }) => [name, value]));
  const known = params.every((parameter) => isKnown(parameter, kind));
  if (values.size < params.length || !known) return null;
  return {
    clientFresh: values.has(CLIENT_NO_TAKEOVER),
    serverFresh: values.has(SERVER_NO_TAKEOVER),
    clientBits: bitsOf(values.get(CLIENT_BITS)),
    serverBits: bitsOf(values.get(SERVER_BITS)),
  };
}

function isKnown({ name, value }: ExtensionParameter, kind: "offer" | "answer"): boolean {
  if (name === CLIENT_NO_TAKEOVER || name === SERVER_NO_TAKEOVER) return value === null;
  if (name === CLIENT_BITS && value === null) return kind === "offer";
  return (name === CLIENT_BITS || name === SERVER_BITS) && value !== null && WINDOW_BITS.test(value);
}

function bitsOf(value: string | null | undefined): number | null {
  return value === undefined ? null : Number(value ?? MAX_WINDOW_BITS);
}
