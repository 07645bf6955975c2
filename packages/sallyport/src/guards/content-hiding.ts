/** What of contents a guard hides from whoever keeps them. */
export interface ContentHiding {
  /**
   * A copy of a message's content in which everything that it looks for is hidden, whatever it does about it, for who keeps
   * contents; `null` where that is more than it can hide. Absent: it hides nothing.
   */
  conceal?(content: Uint8Array, isText: boolean): Uint8Array | null;
  /**
   * The content of a message from the client without the credential that it carries for this guard, for who keeps contents; `null` where nobody
   * can say where that is. Absent: messages carry none.
   */
  hideCredential?(content: Uint8Array, isText: boolean): Uint8Array | null;
}
