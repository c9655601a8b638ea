import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { sharpCopies } from './picture-png.ts';
import { themeColor } from './theme-color.ts';
import { whenNear } from './when-near.ts';

export interface Series {
  readonly label: string;
  /** Name of a colour of the theme, without the dashes. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly fill?: boolean;
  /** A hairline. */
  readonly thin?: boolean;
  /** Points alone, without a line. */
  readonly dots?: boolean;
}

interface Props {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly height?: number;
  readonly format?: (value: number) => string;
  readonly label: string;
  /** The scale reaches to this at least. */
  readonly least?: number;
  /** Colours what lies between two of the series. */
  readonly band?: { readonly upper: number; readonly lower: number; readonly color: string };
}

/** A tick of the time axis; `step` is the distance to the next, both in seconds. */
function timeText(time: number, step: number): string {
  const iso = new Date(time * 1000).toISOString();
  if (step < 86_400) return iso.slice(11, 16) === '00:00' ? dayText(iso) : iso.slice(11, 16);
  if (step < 28 * 86_400) return dayText(iso);
  return step < 365 * 86_400 ? `${monthText(iso)} ${iso.slice(0, 4)}` : iso.slice(0, 4);
}
const monthText = (iso: string): string =>
  new Date(iso).toLocaleDateString('en-GB', { month: 'short', timeZone: 'UTC' });
const dayText = (iso: string): string => `${Number(iso.slice(8, 10))} ${monthText(iso)}`;

interface Shown extends Required<Pick<Props, 'series' | 'height' | 'format' | 'least'>> {
  readonly data: uPlot.AlignedData;
  readonly band: Props['band'];
  readonly isDaily: boolean;
}

/**
 * @param latest what is shown; its format, least and steps may change while the chart stands
 * @param scale of the whole picture, its texts and lines too
 */
function optionsOf(latest: { current: Shown }, width: number, scale = 1): uPlot.Options {
  const { data, series, height, band } = latest.current;
  const axis = {
    stroke: themeColor('muted'),
    font: `${12 * scale}px system-ui, sans-serif`,
    gap: 5 * scale,
    grid: { stroke: themeColor('line'), width: scale },
    ticks: { show: false },
  };
  return {
    width: width * scale,
    height: height * scale,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'UTC'),
    cursor: { y: false },
    // Of one series too: under the pointer it tells the value.
    legend: { live: true },
    series: [
      {
        value: (_: uPlot, time: number) =>
          time ? new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ') : '',
      },
      ...series.map((one) => ({
        label: one.label,
        stroke: themeColor(one.color),
        width: (one.dots ? 0 : one.thin ? 0.5 : 2) * scale,
        fill: one.fill ? themeColor(one.color, 0.13) : undefined,
        points: {
          show: one.dots === true || data[0].length < 2,
          size: (one.dots ? 9 : 5) * scale,
          fill: themeColor(one.color),
        },
        value: (_: uPlot, value: number) => (value === null ? '' : latest.current.format(value)),
      })),
    ],
    bands: band && [
      { series: [band.upper + 1, band.lower + 1], fill: themeColor(band.color, 0.15) },
    ],
    axes: [
      {
        ...axis,
        space: 74 * scale,
        size: 28 * scale,
        values: (_, ticks, __, ___, step) =>
          ticks.map((tick) =>
            // Between two days are no hours to be told.
            latest.current.isDaily && tick % 86_400 !== 0 ? '' : timeText(tick, step),
          ),
      },
      {
        ...axis,
        space: 30 * scale,
        size: 62 * scale,
        values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)),
      },
    ],
    scales: { y: { range: (_, __, most) => [0, Math.max(latest.current.least, most * 1.08)] } },
  };
}

/** A chart over time. It follows its container's width and the colours of the theme. */
export function TimeChart({
  times,
  series,
  height = 220,
  format = String,
  label,
  least = 1,
  band,
}: Props) {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const shape = series.map((one) => one.label).join('|');
  const data = [times, ...series.map((one) => one.values)] as unknown as uPlot.AlignedData;
  const isDaily = times.length > 1 && times[1]! - times[0]! >= 86_400;
  const latest = useRef<Shown>({ data, series, height, format, band, least, isDaily });
  latest.current = { data, series, height, format, band, least, isDaily };

  // biome-ignore lint/correctness/useExhaustiveDependencies: rebuilt when its shape changes; data is set below
  useEffect(() => {
    const element = container.current!;
    const build = () => {
      chart.current?.destroy();
      chart.current = new uPlot(
        optionsOf(latest, element.clientWidth),
        latest.current.data,
        element,
      );
    };
    sharpCopies.set(
      element,
      (scale) =>
        new Promise((resolve) => {
          const options = optionsOf(latest, element.clientWidth, scale);
          const drawn = (copy: uPlot) => resolve(copy.ctx.canvas);
          new uPlot({ ...options, hooks: { draw: [drawn] } }, latest.current.data, (_, start) =>
            start(),
          );
        }),
    );
    const sized = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height }),
    );
    const themed = new MutationObserver(build);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const unseen = whenNear(element, () => {
      build();
      sized.observe(element);
      themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
      scheme.addEventListener('change', build);
    });
    return () => {
      unseen();
      sized.disconnect();
      themed.disconnect();
      scheme.removeEventListener('change', build);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [shape, height]);

  useEffect(() => {
    chart.current?.setData(latest.current.data);
  });

  return (
    <div
      ref={container}
      className="chart"
      role="img"
      aria-label={label}
      style={{ minHeight: height }}
    />
  );
}
