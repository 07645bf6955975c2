// The board's page: sends steps and flags sixty times a second, and shows what the game says.

import { Visit } from "../../shared/page/visit.js";
import { Controls } from "./controls.js";
import { colourOf, draw } from "./draw.js";
import { columns, flagFrame, longestStep, readFrame, stepFrame, unitsPerCell } from "./frames.js";

const [board, place, playerList, plant, cheats, outcome] = [
  "board",
  "place",
  "players",
  "plant",
  "cheats",
  "cheat-outcome",
].map((id) => document.getElementById(id));

const frameMs = 1000 / 60;
/** Steps that are made up for when the browser was late: after a pause nobody leaps. */
const mostLate = 5;
const darkness = matchMedia("(prefers-color-scheme: dark)");

let you = 0;
let players = new Map();
/** Whose flag stands in which cell, by `row * columns + column`. */
const flags = new Map();

const visit = new Visit(
  "/play",
  { queue: { messages: 0, whenFull: "drop-newest" }, report: { messages: 0 } },
  {
    onEnter: () => (outcome.textContent = ""),
    onLeave: clear,
    onOpen() {
      clear();
      enable(true);
      if (document.activeElement === document.body) board.focus();
    },
    onMessage: (data) => show(readFrame(data)),
    onClosed: () => enable(false),
  },
);

function clear() {
  players = new Map();
  flags.clear();
  playerList.replaceChildren();
  place.textContent = "";
}

function enable(isOpen) {
  for (const control of [plant, ...cheats.querySelectorAll("button")]) control.disabled = !isOpen;
}

// What the game says

const shown = {
  roster(roster) {
    you = roster.you;
    players = new Map(roster.players.map((player) => [player.id, { ...players.get(player.id), ...player }]));
    showPlayers();
  },
  places({ places }) {
    for (const { id, x, y } of places) players.set(id, { id, name: "?", flags: 0, ...players.get(id), x, y });
  },
  flags({ flags: changed }) {
    for (const { column, row, owner } of changed) {
      if (owner === 0) flags.delete(row * columns + column);
      else flags.set(row * columns + column, owner);
    }
  },
};

function show(said) {
  if (said !== null) shown[said.is](said);
}

function showPlayers() {
  const found = [...players.values()].sort((left, right) => right.flags - left.flags);
  playerList.replaceChildren(
    ...found.map(({ id, name, flags: count }) => {
      const row = document.createElement("tr");
      const [who, how] = [document.createElement("th"), document.createElement("td")];
      who.scope = "row";
      who.textContent = id === you ? `${name} (you)` : name;
      who.style.setProperty("--player", colourOf(id, darkness.matches));
      how.textContent = String(count);
      if (id === you) row.setAttribute("aria-current", "true");
      row.append(who, how);
      return row;
    }),
  );
  const me = cellOf(players.get(you));
  if (me !== null) place.textContent = `You are in column ${me.column + 1}, row ${me.row + 1}.`;
}

function cellOf(player) {
  if (player?.x === undefined) return null;
  return { column: Math.floor(player.x / unitsPerCell), row: Math.floor(player.y / unitsPerCell) };
}

// What the player does

const controls = new Controls(board, (cell) => plantAt(cell ?? cellOf(players.get(you))));
plant.addEventListener("click", () => plantAt(cellOf(players.get(you))));

function plantAt(cell) {
  if (cell !== null) visit.send(flagFrame(cell.column, cell.row));
}

/** Where one is, as far as one has gone: what the game says comes later. */
function stepOnce(now) {
  const me = players.get(you);
  if (!visit.isOpen || me?.x === undefined) return;
  const step = controls.step(me, now);
  if (step !== null) visit.send(stepFrame(step.right, step.down));
}

let next = performance.now();
function frame(now) {
  next = Math.max(next, now - mostLate * frameMs);
  for (; next <= now; next += frameMs) stepOnce(now);
  draw(board, { flags, players, you, isDark: darkness.matches });
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

// What the game would believe

const cheating = {
  far() {
    outcome.textContent = "Sent: one step of 100 units.";
    visit.send(Uint8Array.of(1, longestStep + 100, longestStep));
  },
  outside() {
    outcome.textContent = "Sent: a flag for column 49, of 48.";
    visit.send(flagFrame(columns, 0));
  },
  fast() {
    const steps = 600;
    outcome.textContent = `Sent: ${steps} steps at once. They arrive, and take as long as they should.`;
    const right = (players.get(you)?.x ?? 0) < (columns * unitsPerCell) / 2 ? 1 : -1;
    for (let sent = 0; sent < steps; sent += 1) visit.send(stepFrame(right * longestStep, 0));
  },
};

cheats.addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement) cheating[target.value]();
});

await visit.begin();
