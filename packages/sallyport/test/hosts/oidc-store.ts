import type { Adapter, AdapterConstructor, AdapterPayload } from "oidc-provider";

/** What a provider keeps, in memory, whichever of its instances asks. */
export interface OidcStore {
  /** What the provider makes its models with. */
  readonly adapter: AdapterConstructor;
  /** Registers a client, or changes one. */
  setClient(id: string, metadata: AdapterPayload): void;
}

/** Makes an empty store. */
export function createOidcStore(): OidcStore {
  const kept = new Map<string, AdapterPayload>();

  class StoreAdapter implements Adapter {
    readonly #model: string;

    constructor(model: string) {
      this.#model = model;
    }

    async upsert(id: string, payload: AdapterPayload): Promise<void> {
      kept.set(`${this.#model} ${id}`, payload);
    }

    async find(id: string): Promise<AdapterPayload | undefined> {
      return kept.get(`${this.#model} ${id}`);
    }

    async findByUserCode(): Promise<undefined> {}

    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      return [...kept.values()].find((payload) => payload.kind === this.#model && payload.uid === uid);
    }

    async consume(id: string): Promise<void> {
      const payload = await this.find(id);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id: string): Promise<void> {
      kept.delete(`${this.#model} ${id}`);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
    }
  }

  return { adapter: StoreAdapter, setClient: (id, metadata) => void kept.set(`Client ${id}`, metadata) };
}
