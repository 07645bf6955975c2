/** Somebody who has sent something that is not written yet. */
export interface Unwritten {
  writeSent(): void;
}

/** Those that have sent something in this turn, and are not in the middle of a call. */
let unwritten: Unwritten[] = [];

/** Has what a connection sent written when the code that runs is done: everything of one turn leaves in one write. */
export function flushSoon(end: Unwritten): void {
  if (unwritten.length === 0) process.nextTick(flushAll);
  unwritten.push(end);
}

function flushAll(): void {
  const ends = unwritten;
  unwritten = [];
  for (const end of ends) end.writeSent();
}
