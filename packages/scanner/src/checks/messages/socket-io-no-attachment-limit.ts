import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { connectNamespace, findSocketIo, NO_SOCKET_IO } from "./engine-io.ts";

/** Attachments that are announced; none is sent. */
const ATTACHMENTS = 100_000;

/** A packet may announce any number of parts. */
export const socketIoNoAttachmentLimit: Check = {
  id: "socket-io-no-attachment-limit",
  group: "messages",
  title: "Socket.IO packets have no limit in attachments",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "A packet says how many binary parts follow, and the server keeps each until all are there. Without a limit one client makes it keep as many messages as it likes, each below the limit in size.",
  decides:
    "By whether the connection stays open after a packet that announces 100,000 attachments, of which none is sent.",
  sends: "where Socket.IO is spoken: one event that announces 100,000 attachments, and none of them",
  remedy: {
    summary: "Update socket.io-parser to 4.2.6, 3.4.4 or 3.3.5, or later.",
    socketIo: "npm install socket.io@latest",
    sallyport: "dialect: socket.io",
  },
  references: { cwe: [770], advisories: ["CVE-2026-33151"] },
  withoutControl: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    const connection = await connectNamespace(context, engine, "/");
    if (connection?.isConnected !== true)
      return notTested("the main namespace admits nobody: give the packet that connects as --message");
    const { probe } = connection;
    probe.text(`45${ATTACHMENTS}-["sallyport-scan",{"_placeholder":true,"num":0}]`);
    const reaction = await probe.settle();
    if (reaction.kind === "closed") return passed(`closed with ${reaction.code ?? "no code"}`);
    return found({
      detail: `A packet that announces ${ATTACHMENTS} attachments was taken, and they were waited for.`,
      evidence: [probe.exchange(`${ATTACHMENTS} attachments`)],
      confidence: reaction.kind === "alive" ? "certain" : "firm",
    });
  },
};
