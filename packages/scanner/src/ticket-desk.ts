import { busyFor } from "./attempt.ts";
import { NoTicketError } from "./not-tested.ts";
import type { Pace } from "./pace.ts";
import { printable } from "./printable.ts";
import { problemOf } from "./problem-of.ts";
import { getPage, type Page } from "./probe/get-page.ts";
import type { TicketOrder } from "./probe/handshake.ts";
import type { FreshSecrets, Masker } from "./probe/masker.ts";
import type { Exchange } from "./probe/transcript.ts";
import type { ScanSettings } from "./scan-settings.ts";
import { parseTargetUrl, resolveTarget, type Target } from "./target.ts";
import { mayRead, TICKET_PATH, ticketOf, type TicketSettings } from "./ticket.ts";

/** A ticket, or why whoever asked was given none. */
export type TicketAnswer =
  | { readonly kind: "given"; readonly ticket: string }
  | { readonly kind: "refused"; readonly words: string };

/** What a desk is made of. */
export interface DeskParts {
  readonly target: Target;
  readonly settings: ScanSettings;
  readonly ticket: TicketSettings;
  readonly pace: Pace;
  readonly mask: Masker;
  readonly secrets: FreshSecrets;
}

const MAX_BYTES = 65_536;
const LEAST_TIMEOUT_MS = 3000;

/** Fetches tickets, at the pace of the scan: each is a connection of its budget. */
export class TicketDesk {
  readonly #parts: DeskParts;
  #at: Promise<Target> | null = null;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /**
   * A ticket for whoever the order says, and for one handshake. Throws `NoTicketError` where it cannot be told whether there would be one, and
   * where those who make normal connections are given none.
   */
  async fetch(order: TicketOrder): Promise<TicketAnswer> {
    const { ticket: settings, secrets } = this.#parts;
    const page = await this.#ask(order);
    const ticket = ticketOf(page, settings);
    if (ticket !== null) secrets.add(ticket);
    if (ticket !== null && mayRead(page, order)) return { kind: "given", ticket };
    const words = `no ticket was given: ${this.#name} ${describe(page, ticket, settings)}`;
    const retryMs = busyFor(page.status, page.headers["retry-after"] ?? null);
    if (!order.isOther || retryMs !== null || page.status >= 500)
      throw new NoTicketError(words, { exchange: this.#exchange(order, describePage(page)), retryMs });
    return { kind: "refused", words };
  }

  get #name(): string {
    return `POST ${this.#parts.ticket.url?.pathname ?? TICKET_PATH}`;
  }

  async #ask(order: TicketOrder): Promise<Page> {
    const { settings, target, ticket, pace } = this.#parts;
    await pace.take();
    try {
      const at = await (this.#at ??= this.#resolve());
      return await getPage({
        target: at,
        path: ticket.url === null ? TICKET_PATH : `${ticket.url.pathname}${ticket.url.search}`,
        headers: Object.fromEntries(order.headers),
        body: JSON.stringify({ route: target.url.pathname }),
        maxBytes: MAX_BYTES,
        timeoutMs: Math.max(3 * settings.patienceMs, settings.handshakeMs, LEAST_TIMEOUT_MS),
      });
    } catch (error) {
      const problem = problemOf(error);
      const exchange = this.#exchange(order, [`- ${problem}`]);
      throw new NoTicketError(`no ticket was given: ${this.#name}: ${problem}`, { exchange, retryMs: null });
    }
  }

  /** The target, unless tickets are given elsewhere. */
  #resolve(): Promise<Target> {
    const { target, ticket } = this.#parts;
    return ticket.url === null ? Promise.resolve(target) : resolveTarget(parseTargetUrl(ticket.url.href));
  }

  #exchange({ headers }: TicketOrder, answer: readonly string[]): Exchange {
    const sent = headers.map(([name, value]) => `> ${name}: ${value}`);
    const lines = [`> ${this.#name}`, ...sent, ...answer];
    return { about: "a request for a ticket", lines: lines.map((line) => printable(this.#parts.mask(line))) };
  }
}

function describe({ status }: Page, ticket: string | null, { field }: TicketSettings): string {
  if (ticket !== null) return `answered ${status}, which a page of that origin may not read`;
  const isOk = status >= 200 && status <= 299;
  return isOk ? `answered ${status} without a usable ${printable(field)}` : `answered ${status}`;
}

function describePage({ status, text }: Page): readonly string[] {
  return [`< ${status}`, ...(text === "" ? [] : [`< ${text.slice(0, 300)}`])];
}
