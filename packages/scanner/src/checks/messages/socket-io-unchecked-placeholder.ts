import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { binaryOf, connectNamespace, findSocketIo, NO_SOCKET_IO } from "./engine-io.ts";

/** A place for an attachment may be the name of a function. */
export const socketIoUncheckedPlaceholder: Check = {
  id: "socket-io-unchecked-placeholder",
  group: "messages",
  title: "Socket.IO takes a name for the number of an attachment",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:H",
  about:
    "Packets with binary parts say by a number which part belongs where. A parser that does not look puts whatever that name is of an array there, such as its method splice: the application gets a function where it expects data, and may call it.",
  decides:
    'By whether the connection stays open after a packet whose placeholder has the number "splice" and after its attachment; parsers that look end it.',
  sends: "where Socket.IO is spoken: one event with one attachment of a byte",
  remedy: {
    summary: "Update socket.io-parser to 4.2.1, 4.0.5, 3.4.2 or 3.3.3, or later.",
    socketIo: "npm install socket.io@latest",
    sallyport: "dialect: socket.io",
  },
  references: { cwe: [20, 843], advisories: ["CVE-2022-2421"] },
  withoutControl: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    const connection = await connectNamespace(context, engine, "/");
    if (connection?.isConnected !== true)
      return notTested("the main namespace admits nobody: give the packet that connects as --message");
    const { probe } = connection;
    probe.text('451-["sallyport-scan",{"_placeholder":true,"num":"splice"}]');
    probe.frame({ opcode: "binary", payload: binaryOf(engine, Buffer.from([0])) });
    const reaction = await probe.settle();
    if (reaction.kind === "closed") return passed(`closed with ${reaction.code ?? "no code"}`);
    return found({
      detail: 'A packet whose placeholder has the number "splice" was taken.',
      evidence: [probe.exchange("a placeholder that is no number")],
      confidence: reaction.kind === "alive" ? "certain" : "firm",
    });
  },
};
