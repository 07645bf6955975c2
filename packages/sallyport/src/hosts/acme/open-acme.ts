import { readFile } from "node:fs/promises";
import { z } from "zod";
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
import type { AcmeSharing } from "./share-certificates.ts";

/** What the one process of a gate needs that talks to authorities. */
export interface AcmeServices {
  readonly listeners: readonly Pick<ListenerPolicy, "tls">[];
  readonly emit: Emit;
  /** Puts before all listeners what they serve and answer; resolves when they have it. */
  readonly publish: (state: AcmeState) => Promise<void>;
  /** How other nodes have the same certificates, where `storage` is not written; absent or `null`: there are none. */
  readonly sharing?: AcmeSharing | null | undefined;
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

/** Challenges that are open at an authority, of one certificate: what it cannot have asked about in that time it does not ask about. */
const openName = (name: string): string => `${name}-open`;
const OPEN_FOR_MS = 600_000;
const presentedShape: z.ZodType<readonly PresentedChallenge[]> = z.array(
  z.object({ domain: z.string(), token: z.string(), keyAuthorization: z.string() }),
);

/** A certificate that other nodes have, too. */
interface SharedCertificate {
  readonly keeper: AcmeKeeper;
  readonly sharing: AcmeSharing;
  readonly byHttp: boolean;
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
    await desk.begin();
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
  /** What is kept together with other nodes, by its name. */
  readonly #shared = new Map<string, SharedCertificate>();
  /** The challenges that are answered by certificates, by name, as text. */
  readonly #answered = new Map<string, string>();
  #state = noAcme;
  #looks = 0;

  constructor(services: AcmeServices) {
    this.#services = services;
  }

  async keeper(name: string, acme: AcmeOptions): Promise<AcmeKeeper> {
    const sharing = acme.storage === null ? (this.#services.sharing ?? null) : null;
    const store = sharing?.store ?? createFileStore(acme.storage ?? dataDirectory("acme"));
    const { challenge, challengeAddress, directoryCa } = acme;
    const byHttp = challenge === "http-01";
    if (byHttp) {
      this.#stores.add(store);
      await this.#listen(challengeAddress);
    }
    const present: KeeperHands["present"] = byHttp
      ? this.#presentTokens(store)
      : async (challenges) => await this.#presentCertificates({ name, sharing }, challenges);
    const keeper = new AcmeKeeper({
      acme,
      store,
      directoryCa: directoryCa === null ? null : await readFile(directoryCa, "utf8"),
      emit: this.#services.emit,
      order: orderCertificate,
      ...this.#services.clock,
      hands: {
        serve: (pair) => this.#serve(name, pair),
        present,
        stored: async () => await sharing?.tell(name),
      },
    });
    if (sharing !== null) this.#shared.set(name, { keeper, sharing, byHttp });
    return keeper;
  }

  /** Answers from now on what other nodes are asked about, too. Never rejects. */
  async begin(): Promise<void> {
    const look = async (name: string): Promise<void> => {
      const shared = this.#shared.get(name);
      if (shared === undefined) return;
      await Promise.all([
        shared.keeper.look(),
        shared.byHttp ? null : this.#takeChallenges(name, shared.sharing),
      ]);
    };
    this.#services.sharing?.onTold(look);
    for (const [name, { byHttp, sharing }] of this.#shared)
      if (!byHttp) await this.#takeChallenges(name, sharing);
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

  /** Where others may be asked in place of this node, they answer before the authority is told to ask. */
  async #presentCertificates(
    { name, sharing }: { readonly name: string; readonly sharing: AcmeSharing | null },
    challenges: readonly PresentedChallenge[],
  ): Promise<void> {
    if (sharing !== null && challenges.length > 0)
      await sharing.store.save(openName(name), JSON.stringify(challenges), OPEN_FOR_MS);
    await this.#answer(name, challenges);
    if (sharing === null) return;
    // It answers nothing any more, wherever it stays.
    if (challenges.length === 0) await sharing.store.remove(openName(name)).catch(() => {});
    await sharing.tell(name);
  }

  /** What other nodes are asked about. Never rejects: a node that cannot look is one that does not answer. */
  async #takeChallenges(name: string, { store }: AcmeSharing): Promise<void> {
    const text = await store.load(openName(name)).catch(() => null);
    await this.#answer(name, text === null ? [] : presentedShape.parse(JSON.parse(text)));
  }

  async #answer(name: string, challenges: readonly PresentedChallenge[]): Promise<void> {
    const known = JSON.stringify(challenges);
    if ((this.#answered.get(name) ?? "[]") === known) return;
    this.#answered.set(name, known);
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
