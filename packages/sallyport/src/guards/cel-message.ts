import type { MessagePart } from "../dialects/dialect.ts";

/**
 * `message` in an expression about a route with a dialect: one part of a message. A class, since the library finds the type of a
 * value by its constructor; one object for a whole connection, filled anew for each part.
 */
export class CelMessage {
  /** The fields and their types: any other name is an error at load. */
  static readonly fields: Readonly<Record<string, string>> = {
    kind: "string",
    name: "dyn",
    id: "dyn",
    data: "dyn",
  };
  kind = "";
  name: string | null = null;
  id: string | number | null = null;
  data: unknown = null;

  /** Shows another part; `null`: none, so that nothing of the last one is kept. */
  show(part: MessagePart | null): void {
    this.kind = part?.kind ?? "";
    this.name = part?.name ?? null;
    this.id = part?.id ?? null;
    this.data = part?.data ?? null;
  }
}
