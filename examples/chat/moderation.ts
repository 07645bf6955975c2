import { readFile } from "node:fs/promises";

/** Where the gate takes orders. */
export interface AdminAccess {
  /** Such as `http://127.0.0.1:9090`. */
  readonly url: string;
  /** A file with a token of the role `operator`; the gate makes it. */
  readonly tokenFile: string;
}

/** For how long somebody is kept out, seconds. */
const removedForS = 3600;

/** Who was removed from the chat. Their connections end and others are refused by the gate, which is asked to. */
export class Moderation {
  readonly #access: AdminAccess | null;
  /** By user: the id of the gate's revocation. */
  readonly #revocations = new Map<string, string>();

  /** @param access `null`: there is no gate before this chat, and nobody can be removed */
  constructor(access: AdminAccess | null) {
    this.#access = access;
  }

  /** Who is kept out. */
  get users(): string[] {
    return [...this.#revocations.keys()].sort();
  }

  /** Ends every connection of a user at once, and keeps them out. @throws where the gate does not do it */
  async remove(user: string, by: string): Promise<void> {
    if (this.#revocations.has(user)) return;
    const body = { user, reason: `removed by ${by}`, seconds: removedForS };
    const made: unknown = await this.#ask("POST", "/revocations", body);
    this.#revocations.set(user, String(Reflect.get(Object(made), "id")));
  }

  /** Lets them come back. @throws where the gate does not do it */
  async readmit(user: string): Promise<void> {
    const id = this.#revocations.get(user);
    this.#revocations.delete(user);
    if (id !== undefined) await this.#ask("DELETE", `/revocations/${id}`);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    if (this.#access === null) throw new Error("no gate is known");
    const token = (await readFile(this.#access.tokenFile, "utf8")).trim();
    const answer = await fetch(`${this.#access.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // Gone already, by another hand: as wished.
    if (!answer.ok && answer.status !== 404) throw new Error(`the gate answered ${answer.status}`);
    return await answer.json();
  }
}
