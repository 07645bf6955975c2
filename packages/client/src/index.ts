/** What pages and Node programs import from `@sallyport/client`. */
export { SallyportSocket } from "./sallyport-socket.ts";
export type { Message, Unconfirmed, UnconfirmedMessage } from "./outbox.ts";
export type {
  Dropped,
  End,
  EndCause,
  Ended,
  EndedEvent,
  Lost,
  Renewed,
  RenewalFailed,
  SocketEvents,
} from "./socket-events.ts";
export type {
  Heartbeat,
  ProofKey,
  ProofRequest,
  QueueOptions,
  ReconnectOptions,
  ReportOptions,
  SocketData,
  SocketOptions,
  TokenHook,
  TokenRequest,
  WhenFull,
} from "./socket-options.ts";
