import { type Check, found, notTested, passed } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { credentialsOf, tryWithout } from "./credentials.ts";

/** The socket works as well without what proves who the user is. */
export const noAuthentication: Check = {
  id: "no-authentication",
  group: "authentication",
  title: "The socket can be used without the credentials",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N",
  about:
    "Where the handshake is admitted without credentials, whoever reaches the endpoint is as good as a user.",
  decides:
    "By whether the socket is usable without what was given as --cookie, --token, --header, in the query or as a token in a subprotocol: it gets the time to be ended, and then has to answer a ping. Without credentials there is nothing to leave out, and it is not tested.",
  sends: "one handshake without the credentials, the messages of --message, and a ping",
  remedy: {
    summary: "Verify the session or token before the upgrade, and answer 401.",
    ws: 'server.on("upgrade", async (request, socket, head) => { const user = await authenticate(request); if (user === null) { socket.end("HTTP/1.1 401 Unauthorized\\r\\n\\r\\n"); return; } … })',
    socketIo:
      'io.use((socket, next) => next(isValid(socket.handshake.auth.token) ? undefined : new Error("unauthorized")))',
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [306], asvs: ["4.4.3"], rfc: ["RFC 6455 4.2.2"], cheatSheet: true },
  async run(context) {
    if (credentialsOf(context).length === 0)
      return notTested(
        "no credentials were given, and the endpoint admits whoever comes: give --cookie, --token or --header to learn whether it does so to anybody",
      );
    const { isUsed, words, exchange } = await tryWithout(context);
    if (!isUsed) return passed(words);
    return found({
      detail: "A handshake without any of the given credentials was accepted, and the socket is usable.",
      evidence: [exchange, context.control.exchange],
    });
  },
};
