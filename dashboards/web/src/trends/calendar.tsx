import { useState } from 'react';
import type { Day } from '../api.ts';
import { day as dayText, duration } from '../format.ts';

const dayMs = 86_400_000;
const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
const weekday = (time: number) => (new Date(time).getUTCDay() + 6) % 7;

interface Props {
  days: readonly Day[];
  from: string;
  to: string;
  chosen: string;
  choose: (day: string) => void;
}

/** More days than that are shown a calendar year at a time. */
const mostDays = 371;

/** Every day a square, a week a column; a day that is chosen can be looked into. Years can be leafed through. */
export function Calendar({ from, to, ...props }: Props) {
  const isLong = (Date.parse(to) - Date.parse(from)) / dayMs >= mostDays;
  const years = [...new Set(props.days.map(({ day }) => day.slice(0, 4)))];
  const [wanted, show] = useState('');
  if (!isLong || years.length === 0) return <Days from={from} to={to} {...props} />;
  const index = years.includes(wanted) ? years.indexOf(wanted) : years.length - 1;
  const year = years[index]!;
  const other = (step: -1 | 1, words: string) => (
    <button
      type="button"
      aria-label={words}
      disabled={years[index + step] === undefined}
      onClick={() => show(years[index + step]!)}
    >
      {step < 0 ? '‹' : '›'}
    </button>
  );
  return (
    <>
      <div className="years">
        {other(-1, 'Year before')}
        <strong role="status">{year}</strong>
        {other(1, 'Year after')}
      </div>
      <Days
        key={year}
        from={year === from.slice(0, 4) ? from : `${year}-01-01`}
        to={year === to.slice(0, 4) ? to : `${year}-12-31`}
        {...props}
      />
    </>
  );
}

function Days({ days, from, to, chosen, choose }: Props) {
  const [focused, setFocused] = useState('');
  const known = new Map(days.map((day) => [day.day, day.ms_played]));
  const most = Math.max(1, ...known.values());
  const end = Date.parse(to);
  const start = Date.parse(from);
  const monday = start - weekday(start) * dayMs;
  const all = Array.from({ length: (end - start) / dayMs + 1 }, (_, n) => start + n * dayMs);
  const weeks = Math.floor((end - monday) / dayMs / 7) + 1;
  // A month is shown large, a year fits a wide screen.
  const size = Math.round(Math.min(34, Math.max(13, 900 / weeks)));
  const firsts = all.filter((time) => new Date(time).getUTCDate() === 1);
  // A range within a month, or one that begins well before the next, is told of too.
  const named =
    firsts.length === 0 || firsts[0]! - start > 28 * dayMs ? [start, ...firsts] : firsts;
  const column = (time: number) => Math.floor((time - monday) / dayMs / 7);
  const inside = chosen >= from && chosen <= to ? chosen : '';
  const active = focused || inside || iso(end);
  const move = (event: React.KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -7,
      ArrowRight: 7,
      ArrowUp: -1,
      ArrowDown: 1,
    };
    if (event.key === 'Enter' || event.key === ' ') choose(active);
    else if (steps[event.key] !== undefined) {
      const next = Date.parse(active) + steps[event.key]! * dayMs;
      if (next >= start && next <= end) setFocused(iso(next));
    } else return;
    event.preventDefault();
  };
  return (
    <section
      className="scroll"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move through the days
      tabIndex={0}
      aria-label={`Days; ${dayText(active)}, ${duration(known.get(active) ?? 0)}. Arrow keys move, Enter opens the day.`}
      onKeyDown={move}
    >
      <svg
        className="picture calendar"
        width={30 + weeks * (size + 2)}
        height={22 + 7 * (size + 2)}
        viewBox={`0 0 ${30 + weeks * (size + 2)} ${22 + 7 * (size + 2)}`}
        aria-hidden="true"
      >
        {['Mon', 'Wed', 'Fri', 'Sun'].map((name, index) => (
          <text key={name} x="0" y={20 + size / 2 + index * 2 * (size + 2)}>
            {name}
          </text>
        ))}
        {named.map((time) => (
          <text key={time} x={30 + column(time) * (size + 2)} y="11">
            {new Date(time).toLocaleDateString('en', { month: 'short', timeZone: 'UTC' })}
          </text>
        ))}
        {all.map((time) => {
          const key = iso(time);
          const played = known.get(key) ?? 0;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the group around it takes the keys
            <rect
              key={key}
              x={30 + column(time) * (size + 2)}
              y={17 + weekday(time) * (size + 2)}
              width={size}
              height={size}
              rx="3"
              className={key === active ? 'active' : ''}
              style={{
                fill: played
                  ? `color-mix(in oklab, var(--blue) ${20 + Math.sqrt(played / most) * 80}%, var(--panel))`
                  : 'var(--line)',
              }}
              onClick={() => choose(key)}
            >
              <title>{`${dayText(key)}: ${duration(played)}`}</title>
            </rect>
          );
        })}
      </svg>
    </section>
  );
}
