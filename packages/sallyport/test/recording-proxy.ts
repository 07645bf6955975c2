import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer, type RawData } from "ws";
import type { DialectDefinition, MessagePart } from "../src/dialects/dialect.ts";
import type { Direction } from "../src/events.ts";
import { talk } from "./dialect-fixture.ts";
import { bytesOf, portOf } from "./gateway/harness.ts";

/** A relay that reads every message of real programs with a dialect, as a gate would. */
export interface RecordingProxy {
  /** `ws://…`, to be used in the application's place. */
  readonly url: string;
  /** What the messages said, in order. */
  readonly heard: (MessagePart & { readonly direction: Direction })[];
  /** Messages that are none of the dialect's. */
  readonly refused: string[];
}

/** Relays WebSocket connections to the application, and reads what they say; each connection is a new one for the dialect. */
export async function recordingProxy<Options>(
  applicationUrl: string,
  definition: DialectDefinition<Options>,
): Promise<RecordingProxy> {
  const heard: RecordingProxy["heard"] = [];
  const refused: string[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (client, request) => {
    const { client: fromClient, server: fromServer } = talk(definition);
    const application = new WebSocket(`${applicationUrl}${request.url ?? ""}`, client.protocol || []);
    const opened = once(application, "open");
    const relay = (direction: Direction, to: WebSocket) => async (data: RawData, isBinary: boolean) => {
      const bytes = bytesOf(data);
      const content = isBinary ? bytes : bytes.toString("utf8");
      const reading = direction === "inbound" ? fromClient(content) : fromServer(content);
      if (reading.ok) heard.push(...reading.parts.map((part) => ({ ...part, direction })));
      else refused.push(`${direction} ${reading.fault}: ${reading.problem}`);
      await opened;
      to.send(bytes, { binary: isBinary });
    };
    client.on("message", relay("inbound", application));
    application.on("message", relay("outbound", client));
    client.on("close", () => application.close());
    application.on("close", () => client.close());
    application.on("error", () => client.terminate());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${portOf(server.address())}`, heard, refused };
}

/** Expects that every message was read, and answers the kind and name of each, `>` from the client and `<` to it, each once in a row. */
export function conversation({ heard, refused }: RecordingProxy): readonly string[] {
  expect(refused).toEqual([]);
  const lines = heard.map(
    ({ direction, kind, name }) => `${direction === "inbound" ? ">" : "<"} ${kind} ${name ?? "-"}`,
  );
  return lines.filter((line, index) => line !== lines[index - 1]);
}
