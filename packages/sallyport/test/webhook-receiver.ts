import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { portOf } from "./gateway/harness.ts";

/** What was posted to a receiver. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Somebody to whom the gate posts. */
export interface Receiver {
  readonly url: string;
  /** HOST:PORT. */
  readonly host: string;
  readonly received: readonly Received[];
  /** Resolves with what was received once that much was. */
  until(enough: (received: readonly Received[]) => boolean): Promise<readonly Received[]>;
}

/** How a receiver answers. */
export type AnswerPost = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

/** Takes what is posted, on a free loopback port; closed when the test ends. */
export async function startReceiver(
  answer: AnswerPost = (response) => void response.end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const changed = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      received.push(one);
      answer(response, one, request);
      for (const look of changed) look();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${portOf(server.address())}`;
  return {
    url: `http://${host}`,
    host,
    received,
    until: (enough) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!enough(received)) return;
          changed.delete(look);
          resolve(received);
        };
        changed.add(look);
        look();
      }),
  };
}
