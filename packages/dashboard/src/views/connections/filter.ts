import type { SeenEvent } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import type { SessionView } from "../../api/session-view.ts";
import type { Order } from "../../parts/data-table.tsx";
import { sortQueryOf } from "./compare-connections.ts";

/** In what state connections are looked for. */
export type ConnectionState = "" | "ending" | "waiting" | "anonymous";

/** Which connections are shown: what the address of the page says. */
export interface ConnectionFilter {
  readonly user: string;
  /** An address or a CIDR range. */
  readonly address: string;
  readonly route: string;
  readonly state: ConnectionState;
  /** The node that carries them, where several share their state. */
  readonly node: string;
}

/** The states, as they can be chosen. */
export const states: readonly { readonly value: ConnectionState; readonly title: string }[] = [
  { value: "", title: "Any" },
  { value: "ending", title: "Proof ends within 5 min" },
  { value: "waiting", title: "Does not read" },
  { value: "anonymous", title: "Anonymous" },
];

const ENDING_MS = 300_000;

/** Reads a filter from the page's address. */
export function filterOf({
  user = "",
  address = "",
  route = "",
  state = "",
  node = "",
}: Readonly<Record<string, string>>): ConnectionFilter {
  return { user, address, route, state: states.find(({ value }) => value === state)?.value ?? "", node };
}

/** What the admin API is asked with. */
export function queryOf(filter: ConnectionFilter, order: Order): Readonly<Record<string, string>> {
  const written = Object.entries(filter).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(written), ...sortQueryOf(order) };
}

/** Whether a connection is in a state. @param now by the gate's clock */
export function isInState(
  { expiresAt, waitingBytes, user }: SessionView,
  state: ConnectionState,
  now: number,
): boolean {
  switch (state) {
    case "":
      return true;
    case "ending":
      return expiresAt !== null && Date.parse(expiresAt) - now < ENDING_MS;
    case "waiting":
      return waitingBytes > 0;
    case "anonymous":
      return user === null;
  }
}

/**
 * Whether a connection that opened is among those that were asked for; `null`: only the gate can say, which knows ranges.
 * @param own the node that tells of it, which carries it; `null`: there is one
 */
export function isMeant(
  event: Extract<SeenEvent, { type: "open" }>,
  { user, address, route, node }: ConnectionFilter,
  own: string | null = null,
): boolean | null {
  if (node !== "" && node !== own) return false;
  if (user !== "" && event.user !== user) return false;
  if (route !== "" && event.route !== route) return false;
  if (address === "" || address === event.address) return true;
  return address.includes("/") || address.includes(":") ? null : false;
}
