import type { Duplex } from "node:stream";
import {
  serializeAnswerHead,
  serializeUpgradeResponse,
  type RelayedAnswer,
  type UpgradeResponse,
} from "../protocol/handshake-response.ts";
import type { RefusedHandshake } from "../session/admission.ts";
import { answerAndEnd, refuseSocket } from "./refusal.ts";

/** The client's end of a connection that is to become a WebSocket, and how its version of HTTP says what became of it. */
export interface ClientEnd {
  readonly socket: Duplex;
  /** Others in this process may hold the socket: the server that showed it is not ours. Absent: nobody else does. */
  readonly shown?: boolean;
  /** What came behind the request in the same segment. */
  readonly head: Uint8Array;
  /** Says yes. What it returns (latin1) goes before the first frame; empty where nothing does. */
  accept(answer: UpgradeResponse): string;
  /** Says no: a status, an incident id, and the end. */
  refuse(refused: RefusedHandshake): void;
  /** Passes on what the application said instead, and ends. */
  relay(answer: RelayedAnswer): void;
}

/** The end that an HTTP/1.1 upgrade leaves: the socket itself. @param shown others in this process may hold it */
export function http1End(socket: Duplex, head: Uint8Array, shown = false): ClientEnd {
  return {
    socket,
    shown,
    head,
    accept: serializeUpgradeResponse,
    refuse: (refused) => refuseSocket(socket, refused),
    relay: (answer) =>
      answerAndEnd(socket, Buffer.concat([Buffer.from(serializeAnswerHead(answer), "latin1"), answer.body])),
  };
}
