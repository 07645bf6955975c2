// What of the lessons is done, kept in this browser.

const key = "sallyport-lab";

/** The steps of a lesson, and what must have come about for each. */
export const steps = [
  { id: "break", title: "Break it", needs: ["attack:vulnerable"] },
  { id: "find", title: "See it found", needs: ["scan:vulnerable"] },
  { id: "code", title: "Mend the code", needs: ["attack:fixed", "scan:fixed"] },
  { id: "gate", title: "Mend it at the gate", needs: ["attack:gateway", "scan:gateway"] },
];

function read() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch {
    return {};
  }
}

/** Whether something has come about, such as `attack:fixed`. */
export function has(lesson, what) {
  return read()[lesson]?.includes(what) === true;
}

/** Whether a step of a lesson is done. */
export function isDone(lesson, { needs }) {
  return needs.every((what) => has(lesson, what));
}

/** Keeps that something has come about. */
export function keep(lesson, what) {
  const all = read();
  all[lesson] = [...new Set([...(all[lesson] ?? []), what])];
  localStorage.setItem(key, JSON.stringify(all));
}

/** Forgets everything. */
export function forget() {
  localStorage.removeItem(key);
}
