// The board as a picture.

import { columns, rows, unitsPerCell } from "./frames.js";

/** Colours far from each other, whoever comes after whom. */
export function colourOf(id, isDark) {
  return `hsl(${(id * 137) % 360} 70% ${isDark ? 62 : 42}%)`;
}

/** Draws flags and players: each with the first letter of their name, so that colour is not all there is. */
export function draw(canvas, { flags, players, you, isDark }) {
  const context = canvas.getContext("2d");
  const cell = canvas.width / columns;
  context.clearRect(0, 0, canvas.width, canvas.height);
  drawGrid(context, cell, isDark);
  for (const [at, owner] of flags) {
    context.fillStyle = colourOf(owner, isDark);
    context.fillRect((at % columns) * cell + 1, Math.floor(at / columns) * cell + 1, cell - 2, cell - 2);
  }
  for (const player of players.values()) {
    if (player.x === undefined) continue;
    drawPlayer(context, player, { scale: cell / unitsPerCell, isYou: player.id === you, isDark });
  }
}

function drawGrid(context, cell, isDark) {
  context.strokeStyle = isDark ? "#ffffff14" : "#00000012";
  context.lineWidth = 1;
  context.beginPath();
  for (let column = 2; column < columns; column += 2) {
    context.moveTo(column * cell, 0);
    context.lineTo(column * cell, rows * cell);
  }
  for (let row = 2; row < rows; row += 2) {
    context.moveTo(0, row * cell);
    context.lineTo(columns * cell, row * cell);
  }
  context.stroke();
}

function drawPlayer(context, { id, name, x, y }, { scale, isYou, isDark }) {
  const radius = 24;
  context.beginPath();
  context.arc(x * scale, y * scale, radius, 0, 2 * Math.PI);
  context.fillStyle = colourOf(id, isDark);
  context.fill();
  context.lineWidth = isYou ? 5 : 2;
  context.strokeStyle = isDark ? "#ffffff" : "#14181f";
  context.stroke();
  context.fillStyle = isDark ? "#0c1422" : "#ffffff";
  context.font = "600 28px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(name.slice(0, 1).toUpperCase(), x * scale, y * scale + 1);
}
