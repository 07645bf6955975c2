import type { Direction } from "../events.ts";
import type { MqttVersion } from "./mqtt-layout.ts";
import { Pending, type PendingDraft } from "./pending.ts";

/** How much of a connection is remembered. */
export interface MqttStateLimits {
  /** Topic aliases of each side. */
  readonly aliases: number;
  /** Topic filters whose subscription is not acknowledged. */
  readonly pending: number;
}

/** What a connection has settled: its version, its topic aliases, and the filters that the broker has not answered yet. */
export class MqttState {
  readonly limits: MqttStateLimits;
  readonly aliases: Record<Direction, Map<number, string>> = { inbound: new Map(), outbound: new Map() };
  readonly subscribing: Pending;
  /** `null`: before CONNECT. */
  version: MqttVersion | null = null;
  /** Whether CONNACK has come. */
  connected = false;

  constructor(limits: MqttStateLimits) {
    this.limits = limits;
    this.subscribing = new Pending(limits.pending);
  }

  /** What one message changes, to be kept only if it goes on. */
  draft(direction: Direction): MqttDraft {
    return new MqttDraft(this, direction);
  }
}

/** What the packets of one message change, each on top of those before it. */
export class MqttDraft {
  readonly direction: Direction;
  readonly limits: MqttStateLimits;
  readonly subscribing: PendingDraft;
  version: MqttVersion | null;
  connected: boolean;
  readonly #state: MqttState;
  readonly #aliases = new Map<number, string>();
  #newAliases = 0;

  constructor(state: MqttState, direction: Direction) {
    this.#state = state;
    this.direction = direction;
    this.limits = state.limits;
    this.subscribing = state.subscribing.draft();
    this.version = state.version;
    this.connected = state.connected;
  }

  /** The topic that this side has given the alias. */
  topicOf(alias: number): string | undefined {
    return this.#aliases.get(alias) ?? this.#state.aliases[this.direction].get(alias);
  }

  /** Gives a topic an alias. `false`: as many are given as may be. */
  alias(alias: number, topic: string): boolean {
    if (this.topicOf(alias) === undefined) {
      if (this.#state.aliases[this.direction].size + this.#newAliases >= this.limits.aliases) return false;
      this.#newAliases++;
    }
    this.#aliases.set(alias, topic);
    return true;
  }

  /** Keeps it. */
  commit(): void {
    this.#state.version = this.version;
    this.#state.connected = this.connected;
    this.subscribing.commit();
    for (const [alias, topic] of this.#aliases) this.#state.aliases[this.direction].set(alias, topic);
  }
}
