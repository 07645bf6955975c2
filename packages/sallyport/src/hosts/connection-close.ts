/** How a connection ended. */
export interface ConnectionClose {
  /** The close code: the client's own where it closed, 1006 where it vanished; or what the gate tells the application. */
  readonly code: number;
  readonly reason: string;
  /** Whose doing it was. */
  readonly by: "client" | "application" | "gate";
}
