import { setImmediate as turn } from "node:timers/promises";
import { NoConnectionError, NotTestedError } from "../not-tested.ts";
import type { Reaction } from "../probe/probe.ts";
import type { ClientControl } from "./client-control.ts";
import { type ClientEnd, type ClientProcess, describeEnd, type StartClient } from "./client-process.ts";
import type { ClientSettings } from "./client-settings.ts";
import { HostileServer } from "./hostile-server.ts";
import type { AnswerChange, Visit } from "./visit.ts";

/** Where clients come from. */
export interface ClientSource {
  readonly server: HostileServer;
  readonly settings: ClientSettings;
  /** Null: the client comes by itself, again and again. */
  readonly start: StartClient | null;
}

/** How long a client gets to answer what every client answers at once, however busy its machine is. */
const ANSWER_MS = 5000;
const PATIENCE_ROUND_TRIPS = 20;

/** Brings one connection of the client after the other, each by a process of its own where there is a command. */
export class ClientVisits {
  readonly source: ClientSource;
  child: ClientProcess | null = null;

  constructor(source: ClientSource) {
    this.source = source;
  }

  /** The next handshake, not answered yet. Throws `NoConnectionError` where the client does not come. */
  async next(withinMs: number = this.source.settings.waitMs): Promise<Visit> {
    const { server, start } = this.source;
    if (start === null) {
      const visit = await server.next(withinMs);
      if (visit === null)
        throw new NoConnectionError(`the client did not connect within ${withinMs / 1000} s`);
      return visit;
    }
    await this.stop();
    this.child = start(server.url);
    return this.#first(this.child, withinMs);
  }

  /** Ends the client that runs, and whatever it still has open. */
  async stop(): Promise<void> {
    await this.child?.stop();
    this.child = null;
    // What its process had sent before it was ended is taken first, and not for a connection of the next one.
    await turn();
    await turn();
    if (this.source.start !== null) this.source.server.discard();
  }

  async #first(child: ClientProcess, withinMs: number): Promise<Visit> {
    const { server } = this.source;
    const ended = child.waitForEnd(withinMs).then(() => null);
    const visit = await Promise.race([server.next(withinMs), ended]);
    if (visit !== null) return visit;
    const how = child.end === null ? `it did not connect within ${withinMs / 1000} s` : describe(child.end);
    const last = child.written.trim().split("\n").at(-1) ?? "";
    throw new NoConnectionError(`the client was started, and ${how}${last === "" ? "" : `: ${last}`}`);
  }
}

/** What a check of a client may do. What cannot be done throws `NotTestedError`. Every connection is ended when the check is. */
export class ClientContext {
  readonly control: ClientControl;
  readonly #visits: ClientVisits;
  readonly #open: Visit[] = [];
  #elsewhere: HostileServer | null = null;

  constructor(visits: ClientVisits, control: ClientControl) {
    this.#visits = visits;
    this.control = control;
  }

  get settings(): ClientSettings {
    return this.#visits.source.settings;
  }

  /** How long no answer counts as none. */
  get patienceMs(): number {
    return Math.max(this.settings.patienceMs, PATIENCE_ROUND_TRIPS * this.control.roundTripMs);
  }

  /** How long going on waiting counts as going on waiting. */
  get silenceMs(): number {
    return Math.max(this.settings.silenceMs, this.patienceMs);
  }

  /** The process of the client that came last; null where it was not started here. */
  get child(): ClientProcess | null {
    return this.#visits.child;
  }

  /** The next handshake of the client, not answered yet. */
  async visit(): Promise<Visit> {
    for (const { probe } of this.#open.splice(0)) probe.destroy();
    const visit = await this.#visits.next();
    this.#open.push(visit);
    return visit;
  }

  /** Another server on this machine, at another port and where that can be under another name: where a redirect may lead. */
  async elsewhere(): Promise<HostileServer> {
    const { hostname } = new URL(this.#visits.source.server.url);
    const host = /^127\.|^\[::1\]$/.test(hostname) ? "localhost" : hostname.replace(/^\[(.*)\]$/, "$1");
    this.#elsewhere ??= await HostileServer.open({ host, port: 0 }, this.settings.patienceMs);
    return this.#elsewhere;
  }

  /** The next connection of the client, with its handshake answered rightly or with a change. */
  async accepted(change: AnswerChange = {}): Promise<Visit> {
    const visit = await this.visit();
    visit.accept(change);
    return visit;
  }

  /** What the client did after what was sent: `alive` where it answered the ping behind it. */
  reaction({ probe }: Visit, leastMs: number = ANSWER_MS): Promise<Reaction> {
    return probe.reaction(Math.max(this.patienceMs, leastMs));
  }

  /** Whether the client ends the connection, where one with the fault would go on waiting. */
  ends({ probe }: Visit): Promise<boolean> {
    return probe.waitFor(() => probe.isClosed, this.silenceMs);
  }

  /** How the client's process ended after what was sent; null where it runs on. Throws where it was not started here. */
  async fate({ probe }: Visit): Promise<ClientEnd | null> {
    const { child } = this;
    if (child === null)
      throw new NotTestedError("whether the client's process lives is seen with --client-command alone");
    await Promise.race([
      probe.waitFor(() => probe.ended !== null, this.silenceMs),
      child.waitForEnd(this.silenceMs),
    ]);
    await child.waitForEnd(this.settings.endMs);
    return child.end;
  }

  /** Ends what the check opened. The scan calls it. */
  async end(): Promise<void> {
    for (const { probe } of this.#open) probe.destroy();
    await this.#elsewhere?.close();
  }
}

function describe(end: ClientEnd): string {
  return `ended ${describeEnd(end)} without connecting`;
}
