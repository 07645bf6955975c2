import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";

import { remNow } from "./rem-now.ts";
import { theme } from "../shell/theme.ts";

/** One line of a {@link Chart}. */
export interface Series {
  readonly label: string;
  /** A colour of the stylesheet, such as `--series-in`. */
  readonly color: `--${string}`;
  /** As many as there are times; `null`: nothing was measured. */
  readonly values: readonly (number | null)[];
}

/** What {@link Chart} draws. */
export interface ChartProps {
  /** What it shows, with its numbers, for who does not see it. */
  readonly description: string;
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** How a value stands at the axis. */
  readonly format: (value: number) => string;
  /** Whether the axis goes in powers of two, as sizes do. Default: no. */
  readonly isBinary?: boolean;
  /** Whether each value is a bar, and later series stand before earlier ones: what is stacked is drawn so. Default: no. */
  readonly isBars?: boolean;
  /** The seconds that the chart is wide. */
  readonly seconds: number;
  /** In `rem`, so that it grows with its letters. */
  readonly height: number;
  /** Told when the pointer is above a moment, by its place among the times; `null`: above none. */
  readonly onCursor?: (index: number | null) => void;
}

/** Charts of one place share their cursor. */
const SYNC = "now";
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Lines over time. Drawn on a canvas; what it says is in its description too. */
export function Chart(props: ChartProps): VNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const now = useRef(props);
  now.current = props;
  const scheme = theme.drawn.value;
  const [rem, setRem] = useState(remNow);
  const shape = props.series.map(({ label, color }) => `${label} ${color}`).join("\n");

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new UPlot(optionsOf(now, element, rem), dataOf(now.current), element);
    plot.current = made;
    // Its height is in the measure of letters: larger ones resize it, and it is made anew with them.
    const observer = new ResizeObserver(([entry]) => {
      setRem(remNow());
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0 && width !== made.width) made.setSize({ width, height: made.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [scheme, shape, props.height, rem]);

  useEffect(() => plot.current?.setData(dataOf(props)));
  const style = { height: `${props.height}rem` };
  return <div ref={place} class="chart" role="img" aria-label={props.description} style={style} />;
}

function dataOf({ times, series }: ChartProps): UPlot.AlignedData {
  // uPlot reads its data and does not write it; its types say less.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return [times, ...series.map(({ values }) => values)] as unknown as UPlot.AlignedData;
}

const bars = UPlot.paths.bars?.({ size: [0.8, 24], align: -1 });
const barPaths = bars === undefined ? {} : { paths: bars };

function optionsOf(now: { readonly current: ChartProps }, element: HTMLElement, rem: number): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--ink-3"),
    font: `${0.75 * rem}px ${style.fontFamily}`,
    ticks: { show: false },
  };
  const grid = { stroke: color("--chart-grid"), width: 1 };
  return {
    width: Math.max(80, element.clientWidth),
    height: Math.round(now.current.height * rem),
    padding: [0.5 * rem, 4, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: {
        range: (_plot, _least, most) => {
          const end = most ?? Date.now() / 1000;
          return [end - now.current.seconds, end];
        },
      },
      // From nothing, so that half as high is half as much.
      y: { range: (_plot, _least, most) => [0, (most ?? 0) > 0 ? most * 1.12 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 1.375 * rem,
        space: 4.375 * rem,
        values: clocksOf(rem),
      },
      {
        ...axis,
        grid,
        size: 3.75 * rem,
        space: 2.125 * rem,
        ...(now.current.isBinary === true ? { incrs: POWERS_OF_TWO } : {}),
        values: (_plot, splits) => splits.map((value) => now.current.format(value)),
      },
    ],
    series: [
      {},
      ...now.current.series.map(({ label, color: name }, index) => ({
        label,
        stroke: color(name),
        points: { show: false },
        ...(now.current.isBars === true
          ? { width: 0, fill: color(name), ...barPaths }
          : { width: 1.5, ...(index === 0 ? { fill: `${color(name)}1f` } : {}) }),
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx, left = -1 } }) => now.current.onCursor?.(left < 0 ? null : (idx ?? null)),
      ],
    },
  };
}

const hourAndMinute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const toTheSecond = new Intl.DateTimeFormat("en-GB", { minute: "2-digit", second: "2-digit" });

/** Where a moment is said at the axis: not at its end, where half of it would be cut off. */
function clocksOf(rem: number): (plot: UPlot, moments: number[]) => string[] {
  const half = 1.25 * rem;
  return (plot, moments) =>
    moments.map((moment) =>
      plot.valToPos(moment, "x") > plot.bbox.width / UPlot.pxRatio - half ? "" : clockOf(moment),
    );
}

function clockOf(seconds: number): string {
  return seconds % 60 === 0
    ? hourAndMinute.format(seconds * 1000)
    : `:${toTheSecond.format(seconds * 1000).slice(3)}`;
}
