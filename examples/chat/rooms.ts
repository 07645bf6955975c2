/** One line of the conversation. `at`: milliseconds since the epoch. */
export interface Line {
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** What the server tells a page. */
export type ChatEvent =
  | {
      readonly type: "joined";
      readonly room: string;
      readonly name: string;
      readonly people: string[];
      readonly history: Line[];
    }
  | { readonly type: "said"; readonly line: Line }
  | { readonly type: "people"; readonly people: string[] }
  | { readonly type: "problem"; readonly text: string };

/** Somebody in a room: who they are, and how to reach them. */
export interface Member {
  readonly name: string;
  readonly tell: (event: ChatEvent) => void;
}

interface Room {
  readonly members: Set<Member>;
  readonly history: Line[];
}

/** Lines a room remembers for those who come later. */
const remembered = 50;

/** The rooms of one chat server. A room appears with its first member and keeps its history. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  /** Lets a member in, shows them the history, and tells everybody who is there now. */
  enter(name: string, member: Member): void {
    const room = this.#room(name);
    room.members.add(member);
    member.tell({
      type: "joined",
      room: name,
      name: member.name,
      people: people(room),
      history: [...room.history],
    });
    tellAll(room, { type: "people", people: people(room) });
  }

  /** Takes a member out and tells those who stay. */
  leave(name: string, member: Member): void {
    const room = this.#room(name);
    if (!room.members.delete(member)) return;
    tellAll(room, { type: "people", people: people(room) });
  }

  /** Says a line to everybody in the room. */
  say(name: string, line: Line): void {
    const room = this.#room(name);
    room.history.push(line);
    if (room.history.length > remembered) room.history.shift();
    tellAll(room, { type: "said", line });
  }

  #room(name: string): Room {
    const found = this.#rooms.get(name);
    if (found !== undefined) return found;
    const made: Room = { members: new Set(), history: [] };
    this.#rooms.set(name, made);
    return made;
  }
}

function people(room: Room): string[] {
  return [...new Set([...room.members].map((member) => member.name))].sort();
}

function tellAll(room: Room, event: ChatEvent): void {
  for (const member of room.members) member.tell(event);
}
