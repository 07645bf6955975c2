import { setTimeout as delay } from "node:timers/promises";

import type { Caller, Callers } from "./callers.ts";
import type { Gate } from "./gate.ts";

/** What was tried at doors that have to be closed. */
export interface DoorFigures {
  /** Handshakes that had to be refused. */
  readonly tried: number;
  /** What was let in all the same, in words: nothing, or something failed open. */
  readonly opened: readonly string[];
}

interface Door {
  readonly words: string;
  readonly knock: () => Promise<number>;
  /** Whether it has to be closed now. */
  readonly isShut: () => boolean;
}

const KNOCK_EVERY_MS = 250;

/**
 * The one probe of all cases: knocks again and again, from the first to the last moment, at every door that was declared closed, and writes down
 * what opens. Doors are: a user who is revoked, an address that is banned, a ticket that was redeemed, a proof of possession that was used, a route that
 * refuses while revocations are out of reach. What is refused may be refused for another reason; it may never come in.
 */
export class ClosedDoors {
  readonly #callers: Callers;
  readonly #gates: readonly Gate[];
  readonly #doors: Door[] = [];
  readonly #refusing = new Set<Gate>();
  readonly #used = new Map<string, string>();
  readonly #opened: string[] = [];
  #tried = 0;
  #isOver = false;
  readonly #running: Promise<void>;

  /** @param gates where what was used at one is tried again */
  constructor(callers: Callers, gates: readonly Gate[]) {
    this.#callers = callers;
    this.#gates = gates;
    this.#running = this.#knockOn();
  }

  /** From now on a user is revoked at a gate. @param routes where that holds */
  revoked(
    user: string,
    gate: Gate,
    routes: readonly NonNullable<Caller["route"]>[] = ["/closed", "/open"],
  ): void {
    for (const route of routes)
      this.#doors.push({
        words: `${user}, who is revoked, at ${gate.name}${route}`,
        knock: () => this.#callers.knock(gate, { user, route }),
        isShut: () => true,
      });
  }

  /** From now on an address is banned at a gate. */
  banned(address: string, gate: Gate): void {
    this.#doors.push({
      words: `${address}, which is banned, at ${gate.name}`,
      knock: () => this.#callers.knock(gate, { address, user: "from-afar", route: "/open" }),
      isShut: () => true,
    });
  }

  /** From now on `/closed` of a gate refuses everybody, until {@link admits}. */
  refuses(gate: Gate): void {
    this.#refusing.add(gate);
    this.#doors.push({
      words: `somebody new at ${gate.name}/closed in an outage`,
      knock: () => this.#callers.knock(gate, { user: "somebody-new", route: "/closed" }),
      isShut: () => this.#refusing.has(gate),
    });
  }

  /** What a gate refused it may let in again from now on. */
  admits(gate: Gate): void {
    this.#refusing.delete(gate);
  }

  /** Redeems a ticket at several gates at once. Answers the statuses, in the order of their numbers; once one let it in it is a door that is closed at all of them. */
  async redeem(ticket: string, gates: readonly Gate[]): Promise<readonly number[]> {
    return await this.#useOnce({ ticket }, gates);
  }

  /** Presents a proof of possession, as a ticket is redeemed. */
  async prove(proof: string, gates: readonly Gate[]): Promise<readonly number[]> {
    return await this.#useOnce({ proof }, gates);
  }

  /** Knocks once more at all of them, and no more. */
  async finish(): Promise<DoorFigures> {
    if (!this.#isOver) {
      this.#isOver = true;
      await this.#running;
      await this.#knockOnce();
    }
    return { tried: this.#tried, opened: this.#opened };
  }

  async #useOnce(caller: Caller, gates: readonly Gate[]): Promise<readonly number[]> {
    const statuses = await Promise.all(gates.map((gate) => this.#callers.knock(gate, caller)));
    for (const [index, status] of statuses.entries()) if (status === 101) this.#usedAt(caller, gates[index]);
    return statuses.toSorted((one, other) => one - other);
  }

  #usedAt(caller: Caller, gate: Gate | undefined): void {
    const { ticket, proof = "" } = caller;
    const what = ticket === undefined ? "a proof" : "a ticket";
    const before = this.#used.get(ticket ?? proof);
    if (before !== undefined) this.#opened.push(`${what} at ${gate?.name ?? ""}, and before at ${before}`);
    this.#used.set(ticket ?? proof, gate?.name ?? "");
    if (before !== undefined) return;
    for (const at of this.#gates)
      this.#doors.push({
        words: `${what} that was used, at ${at.name}`,
        knock: () => this.#callers.knock(at, caller),
        isShut: () => true,
      });
  }

  async #knockOn(): Promise<void> {
    while (!this.#isOver) {
      await this.#knockOnce();
      await delay(KNOCK_EVERY_MS);
    }
  }

  async #knockOnce(): Promise<void> {
    await Promise.all(
      this.#doors.map(async ({ words, knock, isShut }) => {
        if (!isShut()) return;
        const status = await knock();
        // One that was opened for all meanwhile tells nothing.
        if (!isShut()) return;
        this.#tried += 1;
        if (status === 101) this.#opened.push(words);
      }),
    );
  }
}
