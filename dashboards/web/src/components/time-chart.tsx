import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
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
  const latest = useRef({ data, series, format, band, least, isDaily });
  latest.current = { data, series, format, band, least, isDaily };

  // biome-ignore lint/correctness/useExhaustiveDependencies: rebuilt when its shape changes; data is set below
  useEffect(() => {
    const element = container.current!;
    const build = () => {
      chart.current?.destroy();
      const axis = {
        stroke: themeColor('muted'),
        grid: { stroke: themeColor('line'), width: 1 },
        ticks: { show: false },
      };
      chart.current = new uPlot(
        {
          width: element.clientWidth,
          height,
          tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'UTC'),
          cursor: { y: false },
          // Of one series too: under the pointer it tells the value.
          legend: { live: true },
          series: [
            {
              value: (_: uPlot, time: number) =>
                time ? new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ') : '',
            },
            ...latest.current.series.map((one) => ({
              label: one.label,
              stroke: themeColor(one.color),
              width: one.dots ? 0 : one.thin ? 0.5 : 2,
              fill: one.fill ? themeColor(one.color, 0.13) : undefined,
              points: {
                show: one.dots === true || times.length < 2,
                size: one.dots ? 9 : 5,
                fill: themeColor(one.color),
              },
              value: (_: uPlot, value: number) =>
                value === null ? '' : latest.current.format(value),
            })),
          ],
          bands: latest.current.band && [
            {
              series: [latest.current.band.upper + 1, latest.current.band.lower + 1],
              fill: themeColor(latest.current.band.color, 0.15),
            },
          ],
          axes: [
            {
              ...axis,
              space: 74,
              size: 28,
              values: (_, ticks, __, ___, step) =>
                ticks.map((tick) =>
                  // Between two days are no hours to be told.
                  latest.current.isDaily && tick % 86_400 !== 0 ? '' : timeText(tick, step),
                ),
            },
            {
              ...axis,
              size: 62,
              values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)),
            },
          ],
          scales: {
            y: { range: (_, __, most) => [0, Math.max(latest.current.least, most * 1.08)] },
          },
        },
        latest.current.data,
        element,
      );
    };
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
