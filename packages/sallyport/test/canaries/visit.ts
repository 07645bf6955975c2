import { expect } from "vitest";
import { connectRaw, op, upgradeRequest } from "../gateway/raw-client.ts";
import type { Canaries } from "./canary.ts";
import type { Outputs } from "./outputs.ts";
import type { Planted } from "./planted.ts";
import { PAGE, type Visit } from "./visits.ts";

/** What messages must be. */
export const schema: object = {
  type: "object",
  required: ["type"],
  properties: { type: { enum: ["say", "admin"] }, text: { type: "string" } },
};

/** Makes a visit; answers what its peer was told, by place. */
export async function visit(
  port: number,
  { raw, target, lines, fields, says = [], bytes, leaves, code }: Visit,
  outputs: Outputs,
): Promise<void> {
  const peer = await connectRaw(port);
  const head = await peer
    .send(
      raw ??
        upgradeRequest({ ...(target && { target }), ...(lines && { lines }), ...(fields && { fields }) }),
    )
    .head();
  outputs.add("answers to peers", head.text);
  if (head.status !== 101) {
    expect(code === null ? head.text : "").toBe("");
    if (peer.over === null) peer.socket.end();
    await peer.ended();
    outputs.add("answers to peers", peer.waiting);
    return;
  }
  for (const text of says) peer.frame(op.text, text);
  if (bytes !== undefined) peer.send(bytes);
  if (leaves !== undefined && !says.some((text) => text.includes("end"))) peer.close(1000, leaves);
  for (;;) {
    const { opcode, payload } = await peer.readFrame();
    const isOurs = payload.subarray(2).toString().startsWith("sallyport:");
    outputs.add(opcode === op.close && isOurs ? "close reasons of the gate" : "frames to clients", payload);
    if (opcode === op.close) break;
  }
  peer.socket.destroy();
}

/** A ticket that is good, redeemed; and what is asked for badly of the gate's own endpoints. */
export async function useTickets(
  port: number,
  planted: Planted,
  canaries: Canaries,
  outputs: Outputs,
): Promise<void> {
  const post = async (name: string, body: string, token: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/.sallyport/${name}`, {
      method: "POST",
      headers: { Origin: PAGE, "Sallyport-Request": "1", Authorization: `Bearer ${token}` },
      body,
    });
    return await answer.text();
  };
  const issued = await post("ticket", '{"route":"/chat"}', await planted.token("for a ticket"));
  const { ticket, refreshSecret, session }: Record<"ticket" | "refreshSecret" | "session", string> =
    JSON.parse(issued);
  canaries.adopt("a ticket", ticket);
  canaries.adopt("a refresh secret", refreshSecret);
  outputs.add("answers to who asked for a ticket", issued);
  const peer = await connectRaw(port);
  const lines = [`Origin: ${PAGE}`, `Sec-WebSocket-Protocol: chat, sallyport.ticket.${ticket}`];
  outputs.add("answers to peers", (await peer.send(upgradeRequest({ target: "/chat", lines })).head()).text);
  const bad: readonly (readonly [string, string])[] = [
    ["refresh", JSON.stringify({ session, refreshSecret })],
    ["refresh", JSON.stringify({ session, refreshSecret: planted.plant("a wrong refresh secret") })],
    ["refresh", JSON.stringify({ session: planted.plant("a wrong session"), refreshSecret })],
    ["refresh", `{"session": ${planted.plant("no JSON")}`],
    ["ticket", JSON.stringify({ route: planted.plant("a wrong route") })],
    ["ticket", JSON.stringify({ route: `/chat?x=${planted.plant("a route's query")}` })],
    ["logout", `logout_token=${planted.plant("a logout token")}`],
  ];
  for (const [name, body] of bad)
    outputs.add("answers to peers", await post(name, body, await planted.token("at an endpoint")));
  outputs.add(
    "answers to peers",
    await post("ticket", '{"route":"/chat"}', planted.plant("a bad token for a ticket")),
  );
  peer.socket.destroy();
}
