import { randomBytes } from "node:crypto";
import type { CheckContext } from "../../check-context.ts";
import { opcodes } from "../../probe/frame.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import type { Probe } from "../../probe/probe.ts";
import { waitItsTurn } from "../wait-its-turn.ts";

/** Why a check of MQTT does not apply. */
export const NO_MQTT = "it does not speak MQTT: CONNECT is not answered by CONNACK";

/** A session that was asked for: whether it was accepted. */
export interface MqttSession {
  readonly isAccepted: boolean;
  readonly probe: Probe;
}

/** CONNACK and SUBACK (MQTT 3.1.1, 2.2.1). */
const CONNACK = 0x20;
const SUBACK = 0x90;

/** Asks for a session of MQTT 3.1.1 without a user name; null where it is not MQTT. */
export async function openMqtt(
  context: CheckContext,
  change: HandshakeChange = {},
): Promise<MqttSession | null> {
  const attempt = await context.open({ subprotocols: ["mqtt"], ...change });
  const { probe } = attempt;
  if (attempt.kind !== "accepted") return null;
  send(probe, 0x10, [
    text("MQTT"),
    Buffer.from([4, 2, 0, 60]),
    text(`scan${randomBytes(6).toString("hex")}`),
  ]);
  const answer = await packetOf(context, probe, CONNACK);
  return answer === null ? null : { isAccepted: answer[3] === 0, probe };
}

/** Whether the target speaks MQTT. Asked once in a scan. */
export function speaksMqtt(context: CheckContext): Promise<boolean> {
  return context.remember("mqtt", async () => (await openMqtt(context)) !== null);
}

/** Subscribes to a filter; whether it was granted, or null where that was not answered. */
export async function isGranted(
  context: CheckContext,
  probe: Probe,
  filter: string,
): Promise<boolean | null> {
  send(probe, 0x82, [Buffer.from([0, 1]), text(filter), Buffer.from([0])]);
  const answer = await packetOf(context, probe, SUBACK);
  return answer === null ? null : (answer[4] ?? 0x80) < 0x80;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** All that is sent here is shorter than 128 bytes, whose length is one byte. */
function send(probe: Probe, type: number, parts: readonly Buffer[]): void {
  const body = Buffer.concat(parts);
  probe.frame({ opcode: "binary", payload: Buffer.concat([Buffer.from([type, body.length]), body]) });
}

async function packetOf(context: CheckContext, probe: Probe, type: number): Promise<Buffer | null> {
  const find = (): Buffer | undefined => packetsOf(probe).find(([first]) => first === type);
  await waitItsTurn(context, probe, () => find() !== undefined);
  return find() ?? null;
}

/** Packets are a stream: a frame may hold several, or a part of one. All that is looked at is shorter than 128 bytes. */
function packetsOf({ frames }: Probe): readonly Buffer[] {
  let rest = Buffer.concat(
    frames.filter(({ opcode }) => opcode === opcodes.binary).map(({ payload }) => payload),
  );
  const packets: Buffer[] = [];
  while (rest.length >= 2) {
    const size = 2 + (rest[1] ?? 0);
    if (rest.length < size) break;
    packets.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return packets;
}
