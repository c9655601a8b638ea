import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly label: string;
  /** Name of a colour of the theme, without the dashes. */
  readonly color: string;
  readonly values: readonly number[];
  readonly fill?: boolean;
}

interface Props {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly height?: number;
  readonly format?: (value: number) => string;
  readonly label: string;
}

const colorOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A chart over time. It follows its container's width and the colours of the theme. */
export function TimeChart({ times, series, height = 220, format = String, label }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const shape = series.map((one) => one.label).join('|');
  const data = [times, ...series.map((one) => one.values)] as unknown as uPlot.AlignedData;
  const latest = useRef({ data, series, format });
  latest.current = { data, series, format };

  // biome-ignore lint/correctness/useExhaustiveDependencies: rebuilt when its shape changes; data is set below
  useEffect(() => {
    const element = container.current!;
    const build = () => {
      chart.current?.destroy();
      const axis = {
        stroke: colorOf('muted'),
        grid: { stroke: colorOf('line'), width: 1 },
        ticks: { show: false },
      };
      chart.current = new uPlot(
        {
          width: element.clientWidth,
          height,
          tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'UTC'),
          cursor: { y: false },
          legend: { live: true },
          series: [
            {
              value: (_: uPlot, time: number) =>
                time ? new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ') : '',
            },
            ...latest.current.series.map((one) => ({
              label: one.label,
              stroke: colorOf(one.color),
              width: 2,
              fill: one.fill ? `${colorOf(one.color)}22` : undefined,
              points: { show: times.length < 2 },
              value: (_: uPlot, value: number) =>
                value === null ? '' : latest.current.format(value),
            })),
          ],
          axes: [
            axis,
            {
              ...axis,
              size: 62,
              values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)),
            },
          ],
          scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
        },
        latest.current.data,
        element,
      );
    };
    build();
    const sized = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height }),
    );
    sized.observe(element);
    const themed = new MutationObserver(build);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', build);
    return () => {
      sized.disconnect();
      themed.disconnect();
      scheme.removeEventListener('change', build);
      chart.current?.destroy();
    };
  }, [shape, height]);

  useEffect(() => {
    chart.current?.setData(latest.current.data);
  });

  return <div ref={container} className="chart" role="img" aria-label={label} />;
}
