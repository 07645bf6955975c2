import type { WebSocket } from "ws";

import type { Login } from "./logins.ts";
import type { Moderation } from "./moderation.ts";
import type { ChatEvent, Line, Member, Rooms } from "./rooms.ts";

/** What all conversations of a chat share. */
export interface Floor {
  readonly rooms: Rooms;
  readonly moderation: Moderation;
}

/** What a page asks for; it is believed to be so. */
type Request =
  | { readonly type: "join"; readonly room: string }
  | ({ readonly type: "say"; readonly room: string } & Pick<Line, "id" | "text">)
  | { readonly type: "remove" | "readmit"; readonly user: string };

/**
 * Lets a user talk over a socket. It asks nobody which rooms they may enter, who may remove whom, or what stands in a message,
 * and it goes on for as long as the socket does, whatever becomes of their login.
 */
export function converse(socket: WebSocket, { user, role }: Login, floor: Floor): void {
  const { rooms, moderation } = floor;
  const tell = (event: ChatEvent): void => socket.send(JSON.stringify(event));
  const problem = (text: string): void => tell({ type: "problem", text });
  const member: Member = { name: user, role, tell };
  if (role === "moderator") tell({ type: "removed", users: moderation.users });
  socket.on("message", (data) => {
    const request = Buffer.isBuffer(data) ? parseRequest(data.toString()) : null;
    if (request === null) return problem("The chat did not understand that.");
    switch (request.type) {
      case "join":
        if (!rooms.enter(request.room, member)) problem("There is no such room.");
        break;
      case "say": {
        const { type: _type, room, ...said } = request;
        // The page's own fields last: whoever sends `from` says who spoke.
        const line: Line = { from: user, at: Date.now(), ...said };
        if (!rooms.say(room, member, line)) problem("Join the room before you speak in it.");
        break;
      }
      case "remove":
      case "readmit":
        void moderate(request, user, floor).catch(() => problem("The gate did not do that."));
        break;
      default:
        problem("The chat did not understand that.");
    }
  });
  socket.on("close", () => rooms.leave(member));
  socket.on("error", () => socket.terminate());
}

async function moderate(
  { type, user }: Extract<Request, { user: string }>,
  by: string,
  { rooms, moderation }: Floor,
): Promise<void> {
  await (type === "remove" ? moderation.remove(user, by) : moderation.readmit(user));
  rooms.tellRole("moderator", { type: "removed", users: moderation.users });
}

function parseRequest(text: string): Request | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
