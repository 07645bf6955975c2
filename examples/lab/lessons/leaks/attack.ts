// Ask, and read what the page does not show.
import { io } from "socket.io-client";

import type { Attempt } from "../../attempt.ts";

/** What an attacker looks for: a whole card number, a key of a cloud, a path with a line. */
const treasures = /4111 1111 1111 1111|AKIAQ3LABONLY7Z2KM5X|\.ts:\d+:\d+/;

/** Asks for an order that is there, and for one that is not. */
export async function attack({ url, origin, say }: Attempt): Promise<boolean> {
  const socket = io(new URL(url).origin, {
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    extraHeaders: { Origin: origin },
  });
  try {
    let found = 0;
    for (const id of ["A-7", "B-0"]) {
      say(`> order ${id}`);
      const answer = await new Promise<string>((done) => {
        for (const name of ["found", "failed"]) socket.once(name, (said) => done(JSON.stringify(said)));
        socket.once("connect_error", ({ message }) => done(message));
        socket.once("disconnect", (reason) => done(reason));
        socket.emit("order", id);
      });
      say(`< ${answer.length > 300 ? `${answer.slice(0, 300)} …` : answer}`);
      if (treasures.test(answer)) found += 1;
      socket.removeAllListeners();
    }
    return found === 2;
  } finally {
    socket.disconnect();
  }
}
