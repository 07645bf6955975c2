import { readFile } from "node:fs/promises";
import type { Emit } from "../../events.ts";
import type { AcmeOptions } from "../../policy/acme-options.ts";
import type { ListenerPolicy } from "../../policy/policy.ts";
import type { CertificatePair } from "../certificate.ts";
import { dataDirectory } from "../data-directory.ts";
import { certificateName, noAcme, type AcmeState, type ChallengeCertificate } from "./acme-board.ts";
import { AcmeKeeper, type AcmeKeeperOptions, type KeeperHands } from "./acme-keeper.ts";
import { acmeName, createFileStore, type AcmeStore } from "./acme-store.ts";
import { createChallengeCertificate } from "./challenge-certificate.ts";
import { openChallengeServer, type ChallengeServer } from "./challenge-server.ts";
import { orderCertificate, type PresentedChallenge } from "./order-certificate.ts";

/** What the one process of a gate needs that talks to authorities. */
export interface AcmeServices {
  readonly listeners: readonly Pick<ListenerPolicy, "tls">[];
  readonly emit: Emit;
  /** Puts before all listeners what they serve and answer; resolves when they have it. */
  readonly publish: (state: AcmeState) => Promise<void>;
  /** The store of these options. Default: files in `storage`. */
  readonly storeOf?: (options: AcmeOptions) => AcmeStore;
  /** Clock, waits and chance of tests. */
  readonly clock?: Pick<AcmeKeeperOptions, "wallNow" | "wait" | "chance">;
}

/** What keeps the certificates of a gate. */
export interface Acme {
  /** Begins to ask authorities: once the listeners are open, to which they come. */
  start(): void;
  /** Resolves when no order is under way any more. */
  close(): Promise<void>;
}

/** Looks into a store for strangers, at once: more would let them keep it busy. */
const MAX_LOOKS = 16;

/**
 * Keeps the certificates of all listeners that have theirs from an authority: one for each set of names and authority, however many
 * listeners want it. What is stored is published before this resolves; what is not there yet is asked for after `start`. Rejects when a file
 * cannot be read, or a challenge's address cannot be listened on.
 */
export async function openAcme(services: AcmeServices): Promise<Acme> {
  const wanted = new Map<string, AcmeOptions>();
  for (const { tls } of services.listeners)
    if (tls.kind === "acme") wanted.set(certificateName(tls.acme), tls.acme);
  const desk = new AcmeDesk(services);
  const keepers: AcmeKeeper[] = [];
  try {
    for (const [name, acme] of wanted) keepers.push(await desk.keeper(name, acme));
    await Promise.all(keepers.map((keeper) => keeper.begin()));
  } catch (error) {
    desk.close();
    throw error;
  }
  return {
    start() {
      for (const keeper of keepers) keeper.start();
    },
    async close() {
      await Promise.all(keepers.map((keeper) => keeper.close()));
      desk.close();
    },
  };
}

/** What the keepers of a gate share. */
class AcmeDesk {
  readonly #services: AcmeServices;
  readonly #servers = new Map<string, ChallengeServer>();
  /** Key authorizations of HTTP-01, by token. */
  readonly #tokens = new Map<string, string>();
  readonly #stores = new Set<AcmeStore>();
  #state = noAcme;
  #looks = 0;

  constructor(services: AcmeServices) {
    this.#services = services;
  }

  async keeper(name: string, acme: AcmeOptions): Promise<AcmeKeeper> {
    const store = this.#services.storeOf?.(acme) ?? createFileStore(acme.storage ?? dataDirectory("acme"));
    const { challenge, challengeAddress, directoryCa } = acme;
    const byHttp = challenge === "http-01";
    if (byHttp) {
      this.#stores.add(store);
      await this.#listen(challengeAddress);
    }
    const present: KeeperHands["present"] = byHttp
      ? this.#presentTokens(store)
      : async (challenges) => await this.#presentCertificates(name, challenges);
    return new AcmeKeeper({
      acme,
      store,
      directoryCa: directoryCa === null ? null : await readFile(directoryCa, "utf8"),
      emit: this.#services.emit,
      order: orderCertificate,
      ...this.#services.clock,
      hands: { serve: (pair) => this.#serve(name, pair), present },
    });
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }

  async #listen(address: AcmeOptions["challengeAddress"]): Promise<void> {
    const place = `${address.host} ${address.port}`;
    if (this.#servers.has(place)) return;
    const server = await openChallengeServer(address, (token) => this.#find(token));
    this.#servers.set(place, server);
    const detail = `for http-01, on ${address.host}:${server.port}`;
    this.#services.emit({
      type: "gate",
      level: "info",
      message: "certificate: challenges are answered",
      detail,
    });
  }

  /** What this node was asked to answer, or another one that shares a store. */
  async #find(token: string): Promise<string | null> {
    const own = this.#tokens.get(token);
    if (own !== undefined) return own;
    if (this.#looks >= MAX_LOOKS) return null;
    this.#looks += 1;
    try {
      for (const store of this.#stores) {
        const found = await store.load(acmeName("challenge", token));
        if (found !== null) return found;
      }
      return null;
    } finally {
      this.#looks -= 1;
    }
  }

  #presentTokens(store: AcmeStore): KeeperHands["present"] {
    let presented: readonly PresentedChallenge[] = [];
    return async (challenges) => {
      for (const { token } of presented) {
        this.#tokens.delete(token);
        // It answers nothing any more, wherever it stays.
        await store.remove(acmeName("challenge", token)).catch(() => {});
      }
      presented = challenges;
      for (const { token, keyAuthorization } of challenges) {
        this.#tokens.set(token, keyAuthorization);
        await store.save(acmeName("challenge", token), keyAuthorization);
      }
    };
  }

  async #presentCertificates(name: string, challenges: readonly PresentedChallenge[]): Promise<void> {
    const wallNow = this.#services.clock?.wallNow?.() ?? Date.now();
    const made: readonly ChallengeCertificate[] = await Promise.all(
      challenges.map(({ domain, keyAuthorization }) =>
        createChallengeCertificate(domain, keyAuthorization, wallNow),
      ),
    );
    this.#state = { ...this.#state, challenges: { ...this.#state.challenges, [name]: made } };
    await this.#services.publish(this.#state);
  }

  #serve(name: string, pair: CertificatePair): void {
    const { cert, key } = pair;
    this.#state = {
      ...this.#state,
      certificates: { ...this.#state.certificates, [name]: { cert, key } },
    };
    void this.#services.publish(this.#state);
  }
}
