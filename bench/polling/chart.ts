import type { Found } from "./measure.ts";
import { type Measured, threeDigits } from "./page.ts";

interface Drawn extends Measured {
  readonly found: Found;
}

interface Panel {
  readonly title: string;
  readonly of: (found: Found) => number;
  readonly show: (value: number) => string;
}

interface Bar {
  readonly y: number;
  readonly value: number;
  readonly text: string;
  /** Which of the numbers of clients it is, from 0. */
  readonly shade: number;
}

const WIDTH = 800;
const LABEL = 285;
/** Where the longest bar ends; its figure stands behind it. */
const END = WIDTH - 90;
const BAR = 11;
const ROW_GAP = 9;
const TITLE = 44;

const panels: readonly Panel[] = [
  {
    title: "Bytes on the wire, a client a second",
    of: ({ bytes }) => bytes,
    show: (value) => Math.round(value).toLocaleString("en"),
  },
  { title: "CPU of all server processes, µs per update delivered", of: ({ cpu }) => cpu, show: threeDigits },
  { title: "Latency, 99th percentile, ms", of: ({ p99Ms }) => p99Ms, show: threeDigits },
];

const STYLE = `text{font:13px system-ui,sans-serif;fill:#1d2430}.t{font-size:15px;font-weight:600}.v{font-size:11px}.s{fill:#566073}
.b0{fill:#9bbcf0}.b1{fill:#4d86dd}.b2{fill:#174a9c}.p{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6e9ef}.s{fill:#a0abbd}.b0{fill:#35588f}.b1{fill:#5b93ea}.b2{fill:#b5d0ff}.p{fill:#14181f}}`;

/** The picture of the first feed that was measured: bars for each setup and number of clients. Readable on light and on dark. */
export function drawPolling(measured: readonly Measured[]): string {
  const shape = measured[0]?.shape;
  const here = measured.filter((each): each is Drawn => each.shape === shape && each.found !== null);
  const counts = [...new Set(here.map(({ clients }) => clients))];
  let y = 8;
  const parts: string[] = [];
  const legend = counts.map(
    (count, index) =>
      `<rect class="b${index}" x="${LABEL + index * 130}" y="${y + 4}" width="12" height="12"/>` +
      text(LABEL + 18 + index * 130, y + 15, `${count.toLocaleString("en")} clients`),
  );
  parts.push(...legend);
  y += 22;
  for (const panel of panels) {
    parts.push(text(8, y + 28, panel.title, "t"));
    y += TITLE;
    const drawn = drawPanel(panel, here, y);
    parts.push(drawn.svg);
    y = drawn.end;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" role="img" aria-label="${altText(here)}">
<style>${STYLE}</style>
<rect class="p" width="100%" height="100%"/>
${parts.join("\n")}
</svg>
`;
}

function drawPanel(
  panel: Panel,
  measured: readonly Drawn[],
  top: number,
): { readonly svg: string; readonly end: number } {
  const counts = [...new Set(measured.map(({ clients }) => clients))];
  const most = Math.max(...measured.map(({ found }) => panel.of(found)));
  let y = top;
  const rows = [...new Set(measured.map(({ setup }) => setup))].map((setup) => {
    const bars = measured
      .filter((each) => each.setup === setup)
      .map(({ clients, found }): Bar => {
        const value = panel.of(found);
        const shade = counts.indexOf(clients);
        return { y: y + shade * BAR, value: value / most, text: panel.show(value), shade };
      });
    const label = text(LABEL - 10, y + (bars.length * BAR) / 2 + 4, setup.title, "s", "end");
    y += counts.length * BAR + ROW_GAP;
    return [label, ...bars.map(drawBar)].join("\n");
  });
  return { svg: rows.join("\n"), end: y };
}

function drawBar({ y, value, text: figure, shade }: Bar): string {
  const width = Math.max(1, value * (END - LABEL));
  const bar = `<rect class="b${shade}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 1}"/>`;
  return bar + text(LABEL + width + 5, y + BAR - 2, figure, "v");
}

function text(x: number, y: number, content: string, ...[style, anchor]: readonly string[]): string {
  const looks = `${style === undefined ? "" : ` class="${style}"`}${anchor === undefined ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${Number(x.toFixed(1))}" y="${y}"${looks}>${content}</text>`;
}

/** The figures in words, for who cannot see them. */
function altText(measured: readonly Drawn[]): string {
  const most = Math.max(...measured.map(({ clients }) => clients));
  return measured
    .filter(({ clients }) => clients === most)
    .map(
      ({ setup, clients, found }) =>
        `${setup.title}, ${clients} clients: ${Math.round(found.bytes)} bytes a client a second, ${threeDigits(found.cpu)} µs of CPU per update, p99 ${threeDigits(found.p99Ms)} ms`,
    )
    .join("; ");
}
