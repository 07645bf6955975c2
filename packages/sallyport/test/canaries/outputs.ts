import type { Canaries, Sighting } from "./canary.ts";

/** What was written where. */
export class Outputs {
  readonly #written: [string, string | Buffer][] = [];

  add(place: string, written: string | Buffer): void {
    this.#written.push([place, written]);
  }

  has(place: string): boolean {
    return this.#written.some(([name]) => name === place);
  }

  of(place: string): string {
    return this.#written
      .filter(([name]) => name === place)
      .map(([, written]) => String(written))
      .join("\n");
  }

  /** Every sighting, with the place. */
  find(canaries: Canaries): readonly (Sighting & { readonly place: string })[] {
    return this.#written.flatMap(([place, written]) =>
      canaries
        .find(typeof written === "string" ? Buffer.from(written, "latin1") : written)
        .map((sighting) => Object.assign(sighting, { place })),
    );
  }
}

/** Where a canary may stand, by its name: it belongs there. Whatever is not here may stand nowhere. */
export const MAY_STAND: readonly (readonly [RegExp, readonly string[]])[] = [
  // The application gets the request as it came, but for credentials; and the messages.
  [/^(another header|another cookie|the user agent|the query)$/, ["heads to applications"]],
  [
    /^(a message|a client's close reason|in a message: (before the end|beside a card))$/,
    ["messages to the application", "frames to clients"],
  ],
  // On routes that know nobody by it, an Authorization is the application's; so is every cookie but that with a token.
  [/^(a token|a query) for what fails$/, ["heads to applications"]],
  [/^a session's cookie$/, ["heads to applications"]],
  // What the application says is the client's.
  [/^the application's (greeting|close reason)$/, ["frames to clients"]],
  [/^the application's refusal: /, ["answers to peers"]],
  // Who a page is must be told, so that it can be allowed: its origin, which is no secret.
  [
    /^(a foreign origin|origin)$/,
    ["log", "journal search", "incidents", "explain", "dashboard", "dashboard, contents", "dashboard, live"],
  ],
  [/^config: a canary of leak$/, ["messages to the application"]],
  // The application is told who its callers are, in a statement that the gate signs: with their claims, but without the token.
  [
    /^(Authorization|subprotocol|cookie|query|messages|for a ticket): (claim|id) of a token$/,
    ["heads to applications"],
  ],
  // The name of a message is metadata, for whoever may read a journal at all.
  [/^in a message: a value outside the contract$/, ["journal search", "dashboard", "dashboard, contents"]],
  // So that an operator finds what they misspelt.
  [
    /^an unknown key for the admin API$/,
    ["admin POST /bans", "log", "journal search", "dashboard", "dashboard, contents", "dashboard, live"],
  ],
  // What the journal kept of contents, for whoever may read it and says why. Never what is a credential.
  [
    /^(a message|the application's greeting|config: a canary of leak|in a message: (?!no token).*)$/,
    ["dashboard, contents"],
  ],
  [/^a (session|sign-in) of the dashboard$/, ["dashboard cookies"]],
  [/^a (state|nonce)$/, ["dashboard, where to sign in"]],
  [/^(a code .*|config: client secret of the dashboard)$/, ["questions to the provider"]],
  // Who asked for it gets it.
  [/^(a ticket|a refresh secret)$/, ["answers to who asked for a ticket"]],
];

/** Every canary that stands where it may not, once for each place, as a line. */
export function leaksOf(sightings: readonly (Sighting & { readonly place: string })[]): readonly string[] {
  const leaks = sightings.filter(
    ({ canary, place }) => !MAY_STAND.some(([name, places]) => name.test(canary) && places.includes(place)),
  );
  const lines = leaks.map(({ canary, place, form, around }) => [
    `${canary} in ${place}`,
    `${canary}, ${form}, in ${place}: ${around}`,
  ]);
  return [...new Map(lines.map(([key, line]) => [key, line ?? ""])).values()];
}
