/** The rooms of the chat. */
export const roomNames: readonly string[] = ["lobby", "news", "staff"];

/** One line of the conversation. `at`: milliseconds since the epoch. */
export interface Line {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** Somebody who is in a room. */
export interface Person {
  readonly name: string;
  readonly role: string;
}

/** What the server tells a page. */
export type ChatEvent =
  | {
      readonly type: "joined";
      readonly room: string;
      readonly people: readonly Person[];
      readonly history: readonly Line[];
    }
  | { readonly type: "said"; readonly room: string; readonly line: Line }
  | { readonly type: "people"; readonly room: string; readonly people: readonly Person[] }
  /** Who is kept out at the moment; for moderators. */
  | { readonly type: "removed"; readonly users: readonly string[] }
  | { readonly type: "problem"; readonly text: string };

/** Somebody in a room, and how to reach them. */
export interface Member extends Person {
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
    tellPeople(room);
    return true;
  }

  /** Takes a member out of every room and tells those who stay. */
  leave(member: Member): void {
    for (const room of this.#rooms.values()) if (room.members.delete(member)) tellPeople(room);
  }

  /**
   * Says a line to everybody in the room. One that was said before, by its id, is told again to who says it, and to nobody
   * else: that is how a page may repeat what it does not know to have arrived. `false`: the member is not in the room.
   */
  say(name: string, member: Member, line: Line): boolean {
    const room = this.#rooms.get(name);
    if (room?.members.has(member) !== true) return false;
    const before = room.history.find(({ id, from }) => id === line.id && from === line.from);
    if (before !== undefined) {
      member.tell({ type: "said", room: name, line: before });
      return true;
    }
    room.history.push(line);
    if (room.history.length > remembered) room.history.shift();
    for (const other of room.members) other.tell({ type: "said", room: name, line });
    return true;
  }

  /** Tells everybody with a role, once, wherever they are. */
  tellRole(role: string, event: ChatEvent): void {
    const told = new Set<Member>();
    for (const { members } of this.#rooms.values())
      for (const member of members) if (member.role === role) told.add(member);
    for (const member of told) member.tell(event);
  }
}

function people(room: Room): Person[] {
  const byName = new Map([...room.members].map(({ name, role }) => [name, { name, role }]));
  return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name));
}

function tellPeople(room: Room): void {
  const event: ChatEvent = { type: "people", room: room.name, people: people(room) };
  for (const member of room.members) member.tell(event);
}
