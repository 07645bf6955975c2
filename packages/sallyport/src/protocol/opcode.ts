/** Frame opcodes (RFC 6455 5.2). */
export const opcode: Readonly<
  Record<"continuation" | "text" | "binary" | "close" | "ping" | "pong", number>
> = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
};

/** Whether a frame of this opcode is a control frame (RFC 6455 5.5). */
export function isControl(code: number): boolean {
  return code >= 0x8;
}
