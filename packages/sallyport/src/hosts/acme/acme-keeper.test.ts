import { createPrivateKey, webcrypto, X509Certificate } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClientAuthority, type ClientAuthority } from "../../../test/client-certificates.ts";
import type { GateEvent, SallyportEvent } from "../../events.ts";
import type { AcmeOptions } from "../../policy/acme-options.ts";
import type { CertificatePair } from "../certificate.ts";
import { certificateName } from "./acme-board.ts";
import { AcmeKeeper } from "./acme-keeper.ts";
import type { AcmeLock, AcmeStore } from "./acme-store.ts";
import { newKeyPem } from "./certificate-request.ts";
import type { CertificateOrder } from "./order-certificate.ts";

const HOUR = 3_600_000;
const acme: AcmeOptions = {
  domains: ["a.example"],
  email: null,
  directory: "https://ca.example/dir",
  directoryCa: null,
  challenge: "http-01",
  challengeAddress: { host: "127.0.0.1", port: 0 },
  storage: null,
};
const NAME = certificateName(acme);

/** A store in memory that can be made to fail. */
class TestStore implements AcmeStore {
  readonly texts = new Map<string, string>();
  readonly locked = new Set<string>();
  /** Those that their holder keeps, who is the only one to come again. */
  readonly kept = new Set<string>();
  full = false;
  unreadable = false;

  async load(name: string): Promise<string | null> {
    if (this.unreadable) throw new Error("EIO: i/o error");
    return this.texts.get(name) ?? null;
  }

  async save(name: string, text: string): Promise<void> {
    if (this.full) throw new Error("ENOSPC: no space left on device");
    this.texts.set(name, text);
  }

  async remove(name: string): Promise<void> {
    this.texts.delete(name);
  }

  async lock(name: string): Promise<AcmeLock | null> {
    if (this.locked.has(name) && !this.kept.delete(name)) return null;
    this.locked.add(name);
    return {
      keep: async () => void this.kept.add(name),
      release: async () => void (this.kept.delete(name), this.locked.delete(name)),
    };
  }
}

/** A keeper whose waits end when the test says so. */
class Stage {
  readonly store: TestStore;
  readonly served: CertificatePair[] = [];
  readonly presented: number[] = [];
  readonly events: GateEvent[] = [];
  readonly keeper: AcmeKeeper;
  now = Date.now();
  orders = 0;
  toldOthers = 0;
  /** Answers an order: a chain, or why there is none. */
  answer: (order: CertificateOrder) => Promise<string>;
  #waiting = Promise.withResolvers<number>();
  #wake: (() => void) | null = null;

  constructor(answer: Stage["answer"], store: TestStore = new TestStore()) {
    this.answer = answer;
    this.store = store;
    this.keeper = new AcmeKeeper({
      acme,
      store,
      directoryCa: null,
      emit: (event: SallyportEvent) => void (event.type === "gate" && this.events.push(event)),
      hands: {
        serve: (pair) => void this.served.push(pair),
        present: async (challenges) => void this.presented.push(challenges.length),
        stored: async () => void this.toldOthers++,
      },
      order: async (order) => {
        this.orders += 1;
        return await this.answer(order);
      },
      wallNow: () => this.now,
      chance: () => 0,
      wait: (ms, signal) => this.#wait(ms, signal),
    });
    onTestFinished(() => this.keeper.close());
  }

  async begin(): Promise<void> {
    await this.keeper.begin();
    this.keeper.start();
  }

  /** How long it waits next, milliseconds; then that time is over. */
  async pass(ms?: number): Promise<number> {
    const asked = await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
    this.now += ms ?? asked;
    this.#wake?.();
    return asked;
  }

  /** Until it waits again. */
  async settled(): Promise<void> {
    await this.#waiting.promise;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      this.#waiting.resolve(ms);
    });
  }
}

let authority: ClientAuthority | null = null;
const issue = async (order: CertificateOrder, hours = 24): Promise<string> => {
  authority ??= await createClientAuthority("Authority");
  const { d, ...jwk } = createPrivateKey(order.key).export({ format: "jwk" });
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey("jwk", { ...jwk, d } as webcrypto.JsonWebKey, curve, true, ["sign"]),
    webcrypto.subtle.importKey("jwk", jwk as webcrypto.JsonWebKey, curve, true, ["verify"]),
  ]);
  const alternativeNames = order.domains.map((value) => ({ type: "dns" as const, value }));
  const made = await authority.issue("a.example", {
    usage: "server",
    alternativeNames,
    endsInMs: hours * HOUR,
    keys: { privateKey, publicKey },
  });
  return made.cert;
};
const stranger = { key: newKeyPem() };
const refuse = (problem: string) => (): Promise<string> => Promise.reject(new Error(problem));

describe("AcmeKeeper", () => {
  it("has a certificate, stores it before it serves, and answers no challenge any more", async () => {
    const stage = new Stage(async (order) => {
      await order.present([{ domain: "a.example", token: "t".repeat(22), keyAuthorization: "x" }]);
      return await issue(order);
    });
    await stage.begin();
    await stage.settled();
    expect(stage.events.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info certificate: issued",
    ]);
    expect(stage.presented).toEqual([1, 0]);
    expect(JSON.parse(stage.store.texts.get(NAME) ?? "")).toEqual(stage.served[0]);
    expect([...stage.store.texts.keys()].filter((name) => name.endsWith("-next"))).toEqual([]);
    expect(stage.store.locked.size).toBe(0);
    expect(JSON.stringify(stage.events)).not.toContain("BEGIN");
  });

  it("renews when a third of the life is left, and not before; the old one serves meanwhile", async () => {
    const stage = new Stage(async (order) => await issue(order, 36));
    await stage.begin();
    await stage.settled();
    const { validFromDate, validToDate } = new X509Certificate(stage.served[0]?.cert ?? "");
    const third = (validToDate.getTime() - validFromDate.getTime()) / 3;
    await stage.pass(validToDate.getTime() - third - stage.now - 1000);
    await stage.settled();
    expect(stage.orders).toBe(1);
    await stage.pass(2000);
    await stage.settled();
    expect(stage.orders).toBe(2);
    expect(stage.served.length).toBe(2);
    expect(stage.served[0]?.key).not.toBe(stage.served[1]?.key);
  });

  it("serves what is stored and asks nobody; takes what another node has renewed", async () => {
    const store = new TestStore();
    const first = new Stage(async (order) => await issue(order), store);
    await first.begin();
    await first.settled();
    const second = new Stage(refuse("not asked"), store);
    await second.begin();
    expect(second.served).toEqual(first.served);
    const renewed = new Stage(async (order) => await issue(order), new TestStore());
    await renewed.begin();
    await renewed.settled();
    store.texts.set(NAME, renewed.store.texts.get(NAME) ?? "");
    await second.pass();
    await second.settled();
    expect(second.served.at(-1)).toEqual(renewed.served[0]);
    expect(second.orders).toBe(0);
  });

  it("leaves the order to the node that has the lock, and looks what came of it", async () => {
    const stage = new Stage(async (order) => await issue(order));
    stage.store.locked.add(NAME);
    await stage.begin();
    expect(await stage.pass()).toBe(60_000);
    await stage.settled();
    expect([stage.orders, stage.served.length, stage.events.length]).toEqual([0, 0, 0]);
  });

  it("tells other nodes of what it has stored, puts back what the store lost, and takes none older than its own", async () => {
    const store = new TestStore();
    const stage = new Stage(async (order) => await issue(order), store);
    await stage.begin();
    await stage.pass();
    expect(stage.toldOthers).toBe(1);
    const stored = store.texts.get(NAME) ?? "";
    store.texts.clear();
    await stage.pass();
    expect(store.texts.get(NAME)).toBe(stored);
    // Issued before ours, and valid as long.
    const older = await (
      await createClientAuthority("Authority")
    ).issue("a.example", {
      usage: "server",
      alternativeNames: [{ type: "dns", value: "a.example" }],
      bornMs: 13 * HOUR,
      endsInMs: 24 * HOUR,
    });
    store.texts.set(NAME, JSON.stringify(older));
    await stage.pass();
    await stage.settled();
    expect(store.texts.get(NAME)).toBe(stored);
    expect([stage.served.length, stage.orders]).toEqual([1, 1]);
  });

  it("keeps others from asking until it asks again itself, and lets them when it ends", async () => {
    const store = new TestStore();
    const stage = new Stage(refuse("down"), store);
    await stage.begin();
    await stage.settled();
    expect([...store.kept]).toEqual([NAME]);
    await stage.pass();
    await stage.pass();
    await stage.settled();
    expect([stage.orders, ...store.kept]).toEqual([2, NAME]);
    await stage.keeper.close();
    expect([...store.locked, ...store.kept]).toEqual([]);
  });

  it("asks nobody while it cannot look what others have, and looks again soon", async () => {
    const stage = new Stage(async (order) => await issue(order));
    stage.store.unreadable = true;
    await stage.begin();
    expect(await stage.pass()).toBe(5000);
    expect([stage.orders, stage.store.locked.size]).toEqual([0, 0]);
    stage.store.unreadable = false;
    await stage.settled();
    expect([stage.orders, stage.served.length]).toEqual([1, 1]);
  });

  it("waits ever longer after failures, says why each time, and starts over after a success", async () => {
    const stage = new Stage(refuse("connect ECONNREFUSED\n\u001b[31mforged"));
    await stage.begin();
    for (let tries = 0; tries < 12; tries++) await stage.pass();
    await stage.settled();
    const times = stage.events.map(({ detail }) =>
      Date.parse(/next try is at (\S+)$/.exec(detail ?? "")?.[1] ?? ""),
    );
    const gaps = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 60_000));
    expect(gaps.slice(0, 2)).toEqual([4, 8]);
    expect(stage.events[0]?.detail).toContain(String.raw`ECONNREFUSED\u000a\u001b[31mforged`);
    expect(stage.events.every(({ level }) => level === "error")).toBe(true);
    stage.answer = async (order) => await issue(order);
    while (stage.served.length === 0) await stage.pass();
    await stage.settled();
    expect(stage.events.at(-1)?.message).toBe("certificate: issued");
  });

  it("has one an hour at most of those that are due as soon as they are issued: a clock far ahead, a life that began long ago", async () => {
    const stage = new Stage(async (order) => await issue(order, 36));
    stage.now += 26 * HOUR;
    await stage.begin();
    const first = stage.now;
    while (stage.now < first + HOUR - 60_000) await stage.pass();
    await stage.settled();
    expect(stage.orders).toBe(1);
    await stage.pass(60_000);
    await stage.settled();
    expect(stage.orders).toBe(2);
  });

  it("waits no longer where its clock is set back", async () => {
    const stage = new Stage(refuse("away"));
    stage.now += 1000 * HOUR;
    await stage.begin();
    await stage.settled();
    stage.answer = async (order) => await issue(order);
    await stage.pass(-1000 * HOUR);
    await stage.settled();
    expect([stage.orders, stage.served.length]).toEqual([2, 1]);
  });

  it("asks no authority for what it could not store, and names the storage", async () => {
    const stage = new Stage(async (order) => await issue(order));
    stage.store.full = true;
    await stage.begin();
    await stage.settled();
    expect([stage.orders, stage.served.length]).toEqual([0, 0]);
    expect(stage.events.at(-1)?.detail).toContain("ENOSPC");
  });

  it("serves what it has where the storage filled up meanwhile, and stores it when there is room", async () => {
    const stage = new Stage(async (order) => {
      stage.store.full = true;
      return await issue(order);
    });
    await stage.begin();
    await stage.settled();
    expect(stage.served.length).toBe(1);
    expect(stage.events.map(({ message }) => message)).toEqual([
      "certificate: the storage cannot be used",
      "certificate: issued",
    ]);
    expect(stage.store.texts.has(NAME)).toBe(false);
    stage.store.full = false;
    await stage.pass();
    await stage.settled();
    expect(JSON.parse(stage.store.texts.get(NAME) ?? "")).toEqual(stage.served[0]);
    expect(stage.orders).toBe(1);
  });

  it("goes on with what serves where the storage cannot be read, and tells it once", async () => {
    const stage = new Stage(async (order) => await issue(order));
    await stage.begin();
    await stage.pass();
    stage.store.unreadable = true;
    for (let looks = 0; looks < 3; looks++) await stage.pass();
    await stage.settled();
    expect(stage.events.map(({ message }) => message)).toEqual([
      "certificate: issued",
      "certificate: the storage cannot be used",
    ]);
  });

  it.each<[string, (order: CertificateOrder) => Promise<string>, RegExp]>([
    ["garbage", () => Promise.resolve("<html>"), /not a certificate/],
    ["another key's", (order) => issue({ ...order, key: stranger.key }), /another key/],
    ["other names", (order) => issue({ ...order, domains: ["b.example"] }), /not for a\.example/],
    ["one that has ended", (order) => issue(order, -1), /ended at/],
    [
      "a broken chain",
      async (order) => `${await issue(order)}\n${(await createClientAuthority("Other")).ca}`,
      /chain is broken/,
    ],
    ["a chain without end", async (order) => (await issue(order)).repeat(11), /has 11 certificates/],
    [
      "one under another label, before the one that is right,",
      async (order) => {
        const other = await issue({ ...order, domains: ["b.example"] });
        return `${other.replaceAll(/(BEGIN|END) CERT/g, "$1 X509 CERT")}\n${await issue(order)}`;
      },
      /something else than certificates/,
    ],
    ["too much", () => Promise.resolve("x".repeat(300_000)), /too long/],
    [
      "a certificate that cannot be read",
      () => Promise.resolve("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
      /not a certificate/,
    ],
  ])("never serves %s that an authority issued", async (_, answer, problem) => {
    const stage = new Stage(answer);
    await stage.begin();
    await stage.settled();
    expect(stage.served).toEqual([]);
    expect(stage.store.texts.has(NAME)).toBe(false);
    expect(stage.events[0]?.detail).toMatch(problem);
  });

  it.each(["{", "7", '{"cert":1}', '{"cert":"x"}', '{"cert":"x","key":"hush"}'])(
    "takes nothing from a file that somebody damaged, and says nothing of it: %s",
    async (text) => {
      const store = new TestStore();
      store.texts.set(NAME, text);
      const stage = new Stage(refuse("down"), store);
      await stage.begin();
      await stage.settled();
      expect(stage.served).toEqual([]);
      expect(stage.events[0]?.message).toBe("certificate: the storage cannot be used");
      expect(JSON.stringify(stage.events)).not.toContain("hush");
    },
  );

  it("ends an order that is under way when it is closed, and tells nothing of it", async () => {
    const began = Promise.withResolvers<void>();
    const stage = new Stage(
      (order) =>
        new Promise((_, reject) => {
          order.signal.addEventListener("abort", () => reject(new Error("ended")));
          began.resolve();
        }),
    );
    await stage.begin();
    await began.promise;
    await stage.keeper.close();
    expect(stage.events).toEqual([]);
    expect(stage.store.locked.size).toBe(0);
  });
});
