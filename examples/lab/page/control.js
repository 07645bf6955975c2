// The socket by which the page starts applications, attacks and scans: the lab's own, guarded by `listen`.

import { SallyportSocket } from "@sallyport/client";

/** Connects; `told[type](news)` is called with what the lab tells. Orders that are given while there is no connection wait for it. */
export function connectControl(told) {
  const socket = new SallyportSocket("/control", [], {
    ticket: false,
    queue: { messages: 4, whenFull: "drop-oldest" },
  });
  socket.addEventListener("message", ({ data }) => {
    const news = JSON.parse(data);
    told[news.type]?.(news);
  });
  socket.addEventListener("lost", () => told.lost());
  socket.addEventListener("close", () => told.lost());
  return (order) => socket.send(JSON.stringify(order));
}
