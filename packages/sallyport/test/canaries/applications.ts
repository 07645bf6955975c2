import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { bytesOf, portOf, startApplication, startRawServer } from "../gateway/harness.ts";

/** Applications and providers behind the gate, good and bad, and what they were told. */
export interface Surroundings {
  readonly application: string;
  /** Switches with what is no answer. */
  readonly broken: string;
  /** Answers upgrades with 500, a body and a cookie. */
  readonly refusing: string;
  /** Serves `/keys` that are none, `/introspect` that fails, `/session` that knows one user. */
  readonly provider: string;
  /** Everything that applications were sent: heads of requests. */
  readonly heads: string[];
  /** Messages that the application got, and reasons with which connections ended there. */
  readonly messages: string[];
}

/** What they say themselves. */
export interface TheirWords {
  readonly greeting: string;
  readonly closeReason: string;
  readonly brokenHead: string;
  readonly refusalBody: string;
  readonly refusalCookie: string;
  readonly keys: string;
  readonly introspection: string;
}

/** Starts them all. Closed when the test ends. */
export async function startSurroundings(words: TheirWords): Promise<Surroundings> {
  const [heads, messages]: [string[], string[]] = [[], []];
  const application = await startApplication((socket) => {
    socket.send(words.greeting);
    socket.on("close", (_, reason) => messages.push(reason.toString()));
    socket.on("message", (data) => {
      const text = bytesOf(data).toString();
      messages.push(text);
      socket.send(text);
      if (text.includes("end")) socket.close(4100, words.closeReason);
    });
  });
  application.server.on("connection", (_, { url = "", rawHeaders }) =>
    heads.push(`${url}\n${rawHeaders.join("\n")}`),
  );
  const broken = await startRawServer((socket) => {
    socket.once("data", (head: Buffer) => {
      heads.push(head.toString("latin1"));
      socket.end(`HTTP/1.1 101 Switching\r\nno header: ${words.brokenHead}\r\n${words.brokenHead}\r\n\r\n`);
    });
  });
  const refusing = await startRawServer((socket) => {
    socket.once("data", (head: Buffer) => {
      heads.push(head.toString("latin1"));
      const fields = `Set-Cookie: sid=${words.refusalCookie}\r\nContent-Length: ${words.refusalBody.length}`;
      socket.end(`HTTP/1.1 500 No\r\n${fields}\r\n\r\n${words.refusalBody}`);
    });
  });
  return {
    application: application.url,
    broken: broken.url,
    refusing: refusing.url,
    provider: await startProvider(words),
    heads,
    messages,
  };
}

async function startProvider(words: TheirWords): Promise<string> {
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "/keys": (response) => void response.end(`${words.keys} are no keys`),
    "/introspect": (response) => void response.writeHead(200).end(`${words.introspection} is no JSON`),
    "/session": (response) => void response.end(JSON.stringify({ user: "ada" })),
  };
  const server = createServer((request, response) => {
    (answers[request.url ?? ""] ?? (() => response.writeHead(404).end()))(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}
