import { count, duration } from '../format.ts';
import type { WrappedAnswer } from './answer.ts';
import { fitLines } from './fit-text.ts';
import { inner, margin, type Palette, palettes, width } from './frame.tsx';

export type Top = WrappedAnswer['tops'][number];

/** Five favourites with bars. */
export function List({
  items,
  palette,
  top = 300,
}: {
  items: readonly Top[];
  palette: Palette;
  top?: number;
}) {
  const most = Math.max(1, ...items.map(({ streams }) => streams));
  return (
    <>
      {items.map((item, index) => {
        const y = top + index * 180;
        return (
          <g key={item.rank}>
            <rect
              x={margin}
              y={y + 92}
              width={inner}
              height="10"
              rx="5"
              fill={palettes[palette][2]}
              opacity="0.16"
            />
            <rect
              x={margin}
              y={y + 92}
              width={(inner * item.streams) / most}
              height="10"
              rx="5"
              fill={palettes[palette][3]}
            />
            <text
              x={margin}
              y={y + 44}
              fontSize={index === 0 ? 64 : 52}
              fontWeight="800"
              fill={palettes[palette][3]}
            >
              {item.rank}
            </text>
            <text x={margin + 76} y={y + 36} fontSize={index === 0 ? 56 : 46} fontWeight="750">
              {fitLines(item.name, inner - 76 - 190, index === 0 ? 56 : 46)[0]}
            </text>
            <text x={margin + 76} y={y + 76} fontSize="31" opacity="0.85">
              {
                fitLines(
                  item.kind === 'artist' || item.artist === null
                    ? duration(item.ms_played)
                    : item.artist,
                  inner - 76 - 190,
                  31,
                )[0]
              }
            </text>
            <text x={width - margin} y={y + 36} fontSize="40" fontWeight="700" textAnchor="end">
              {count(item.streams)}
            </text>
            <text x={width - margin} y={y + 74} fontSize="26" opacity="0.8" textAnchor="end">
              streams
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Listening by the hour around a dial, midnight at the top. */
export function Dial({ day, palette }: { day: readonly number[]; palette: Palette }) {
  const most = Math.max(1, ...day);
  const [x, y] = [width / 2, 880];
  return (
    <g>
      {day.map((time, hour) => {
        const angle = ((hour + 0.5) / 24) * 2 * Math.PI - Math.PI / 2;
        const [from, to] = [130, 130 + 10 + 190 * (time / most)];
        return (
          <line
            // biome-ignore lint/suspicious/noArrayIndexKey: the index is the hour
            key={hour}
            x1={x + from * Math.cos(angle)}
            y1={y + from * Math.sin(angle)}
            x2={x + to * Math.cos(angle)}
            y2={y + to * Math.sin(angle)}
            stroke={palettes[palette][3]}
            strokeWidth="24"
            strokeLinecap="round"
          />
        );
      })}
      {(
        [
          ['0', 0, -72],
          ['6', 76, 12],
          ['12', 0, 94],
          ['18', -76, 12],
        ] as const
      ).map(([text, dx, dy]) => (
        <text key={text} x={x + dx} y={y + dy} fontSize="32" textAnchor="middle" opacity="0.85">
          {text}
        </text>
      ))}
    </g>
  );
}

/** Each day of the period as a square, weeks as columns. */
export function Days({ answer, palette }: { answer: WrappedAnswer; palette: Palette }) {
  const dayMs = 86_400_000;
  const start = Date.parse(answer.from);
  const length = (Date.parse(answer.to) - start) / dayMs + 1;
  const offset = (new Date(start).getUTCDay() + 6) % 7;
  const weeks = Math.ceil((length + offset) / 7);
  const isYear = weeks > 8;
  const rows = isYear ? 2 : 1;
  const columns = Math.ceil(weeks / rows);
  const step = Math.min(isYear ? 34 : 100, inner / columns);
  const known = new Map(answer.days.map(({ day, ms_played }) => [day, ms_played]));
  const most = Math.max(1, ...known.values());
  return (
    <g>
      {Array.from({ length }, (_, index) => {
        const day = new Date(start + index * dayMs).toISOString().slice(0, 10);
        const week = Math.floor((index + offset) / 7);
        const played = known.get(day) ?? 0;
        return (
          <rect
            key={day}
            x={margin + (week % columns) * step}
            y={660 + Math.floor(week / columns) * (7 * step + 44) + ((index + offset) % 7) * step}
            width={step - 5}
            height={step - 5}
            rx={step / 5}
            fill={played ? palettes[palette][3] : palettes[palette][2]}
            opacity={played ? 0.3 + 0.7 * Math.sqrt(played / most) : 0.1}
          />
        );
      })}
    </g>
  );
}

/** Five names, one below the other. */
export function Column({ title, items, x }: { title: string; items: readonly Top[]; x: number }) {
  return (
    <>
      <text x={x} y="290" fontSize="34" fill={palettes.plum[3]}>
        {title}
      </text>
      {items.map((item, index) => (
        <text key={item.rank} x={x} y={370 + index * 84} fontSize="42" fontWeight="700">
          {item.rank} {fitLines(item.name, inner / 2 - 70, 42)[0]}
        </text>
      ))}
    </>
  );
}

/** A number under its name, on the card that has all of them. */
export function Fact(props: { x: number; y: number; name: string; value: string; size?: number }) {
  const { x, y, name, value, size = 88 } = props;
  return (
    <>
      <text x={x} y={y} fontSize="34" fill={palettes.plum[3]}>
        {name}
      </text>
      <text x={x} y={y + 20 + size * 0.8} fontSize={size} fontWeight="800">
        {value}
      </text>
    </>
  );
}
