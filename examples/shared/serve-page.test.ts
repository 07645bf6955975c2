import { createServer } from "node:http";

import { expect, it, onTestFinished } from "vitest";

import { listenOnLoopback } from "./loopback.ts";
import { servePage } from "./serve-page.ts";

it("servePage serves a page's own files, its script in one piece with the client, under a strict policy", async () => {
  const page = { directory: new URL("../chat/page/", import.meta.url), names: ["index.html", "chat.js"] };
  const server = createServer((request, response) => {
    void servePage(page, request.url ?? "", response).then((isServed) => {
      if (!isServed) response.writeHead(404).end();
    });
  });
  const port = await listenOnLoopback(server, 0);
  onTestFinished(() => void server.close());
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  const html = await get("/");
  expect(html.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(html.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'/);
  const script = await (await get("/chat.js")).text();
  expect(script).toMatch(/class [^{]*extends SocketTarget/);
  expect(script).not.toMatch(/^import /m);
  for (const path of ["/chat.css", "/server.ts", "/../server.ts", "/constructor"])
    expect((await get(path)).status).toBe(404);
});
