import type { WebSocket } from "ws";

import type { ChatEvent, Member, Rooms } from "./rooms.ts";

/** What a page asks for. */
type Request =
  | { readonly type: "join"; readonly room: string }
  | { readonly type: "say"; readonly room: string; readonly text: string };

/**
 * Lets a user talk over a socket, in one room at a time. It asks nobody which rooms they may enter, and it goes on for as long
 * as the socket does, whatever becomes of their login.
 */
export function converse(socket: WebSocket, user: string, rooms: Rooms): void {
  const tell = (event: ChatEvent): void => socket.send(JSON.stringify(event));
  const member: Member = { name: user, tell };
  let room: string | null = null;
  const leave = (): void => {
    if (room !== null) rooms.leave(room, member);
    room = null;
  };
  socket.on("message", (data, isBinary) => {
    const request = isBinary || !Buffer.isBuffer(data) ? null : parseRequest(data.toString());
    if (request === null) return tell({ type: "problem", text: "The chat did not understand that." });
    if (request.type === "say") {
      if (!rooms.say(request.room, member, request.text))
        tell({ type: "problem", text: "Join the room before you speak in it." });
      return;
    }
    leave();
    if (rooms.enter(request.room, member)) room = request.room;
    else tell({ type: "problem", text: "There is no such room." });
  });
  socket.on("close", leave);
  socket.on("error", () => socket.terminate());
}

function parseRequest(text: string): Request | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const [type, room, said] = ["type", "room", "text"].map((key) => field(value, key));
  if (!isText(room)) return null;
  if (type === "join") return { type, room };
  return type === "say" && isText(said) ? { type, room, text: said } : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
