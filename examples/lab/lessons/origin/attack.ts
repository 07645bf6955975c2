// What the browser of a visitor who is signed in does when a hostile page asks it for a WebSocket: it sends the cookie, and says whose page it was.
import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";
import { doorCookie } from "./door-page.ts";

/** Unlocks the door from a page of somebody else's. */
export function attack({ url, say }: Attempt): Promise<boolean> {
  const headers = { Cookie: doorCookie, Origin: "https://evil.example" };
  say(`> GET ${url} with Origin: ${headers.Origin} and the visitor's cookie`);
  const socket = new WebSocket(url, { headers });
  return new Promise((done) => {
    socket.on("open", () => {
      say("< 101, connected. > unlock");
      socket.send("unlock");
    });
    socket.on("message", (data) => {
      say(`< ${String(data)}`);
      socket.close();
      done(String(data).includes("OPEN"));
    });
    socket.on("error", ({ message }) => {
      say(`< ${message}`);
      done(false);
    });
  });
}
