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
      readonly people: readonly string[];
      readonly history: readonly Line[];
    }
  | { readonly type: "said"; readonly room: string; readonly line: Line }
  | { readonly type: "people"; readonly room: string; readonly people: readonly string[] }
  | { readonly type: "problem"; readonly text: string };

/** Somebody in a room: who they are, and how to reach them. */
export interface Member {
  readonly name: string;
  readonly tell: (event: ChatEvent) => void;
}

interface Room {
  readonly name: string;
  readonly members: Set<Member>;
  readonly history: Line[];
}

/** Lines a room remembers for those who come later. */
const remembered = 50;

/** The rooms of one chat server. */
export class Rooms {
  readonly #rooms: ReadonlyMap<string, Room>;

  constructor(names: readonly string[]) {
    this.#rooms = new Map(names.map((name) => [name, { name, members: new Set(), history: [] }]));
  }

  /** Lets a member in, shows them the history, and tells everybody who is there now. `false`: there is no such room. */
  enter(name: string, member: Member): boolean {
    const room = this.#rooms.get(name);
    if (room === undefined) return false;
    room.members.add(member);
    member.tell({ type: "joined", room: name, people: people(room), history: [...room.history] });
    tellAll(room, { type: "people", room: name, people: people(room) });
    return true;
  }

  /** Takes a member out and tells those who stay. */
  leave(name: string, member: Member): void {
    const room = this.#rooms.get(name);
    if (room?.members.delete(member) === true)
      tellAll(room, { type: "people", room: name, people: people(room) });
  }

  /** Says a line to everybody in the room. `false`: the member is not in it. */
  say(name: string, member: Member, text: string): boolean {
    const room = this.#rooms.get(name);
    if (room?.members.has(member) !== true) return false;
    const line = { from: member.name, text, at: Date.now() };
    room.history.push(line);
    if (room.history.length > remembered) room.history.shift();
    tellAll(room, { type: "said", room: name, line });
    return true;
  }
}

function people(room: Room): string[] {
  return [...new Set([...room.members].map((member) => member.name))].sort();
}

function tellAll(room: Room, event: ChatEvent): void {
  for (const member of room.members) member.tell(event);
}
