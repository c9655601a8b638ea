import type { EveryoneCounts } from './everyone-counts.ts';
import { byMost, daysOf, largeEnough } from './everyone-tops.ts';
import type { Habits } from './habit-queries.ts';
import { firstOf } from './item-counts.ts';
import type { ClockCell, DayRange } from './trend-queries.ts';

/** Devices and moments of skipping of everyone. */
export function habitsOfEveryone(
  { of: { devices, skips } }: EveryoneCounts,
  range: DayRange,
  smallestGroup: number,
): Pick<Habits, 'devices' | 'skipped_at'> {
  const ofDevices = devices.sumsOf(daysOf(range));
  const ordered = firstOf(
    largeEnough(ofDevices, smallestGroup),
    devices.names.length,
    byMost(ofDevices.msPlayed),
  );
  const ofSkips = skips.sumsOf(daysOf(range));
  return {
    devices: ordered.map((item) => ({
      device: devices.names[item]!,
      plays: ofDevices.plays[item]!,
      ms_played: ofDevices.msPlayed[item]!,
    })),
    skipped_at: Array.from(largeEnough(ofSkips, smallestGroup), (item) => ({
      second: Number(skips.names[item]),
      skips: ofSkips.plays[item]!,
    })).sort((one, other) => one.second - other.second),
  };
}

/** Hours of a week with listening of everyone, over a range of days. */
export function clockOfEveryone(
  { of: { hours } }: EveryoneCounts,
  range: DayRange,
  smallestGroup: number,
): ClockCell[] {
  const rows = hours.rows('day');
  const [from, to] = hours.places('day', daysOf(range));
  const cells = new Map<number, { cell: ClockCell; listeners: number }>();
  for (let row = from; row < to; row += 1) {
    // 1970-01-01 was a Thursday.
    const weekday = ((((rows.day[row]! + 3) % 7) + 7) % 7) + 1;
    const hour = Number(hours.names[rows.item[row]!]);
    const { cell, listeners } = cells.get(weekday * 24 + hour) ?? {
      cell: { weekday, hour, plays: 0, ms_played: 0 },
      listeners: 0,
    };
    cells.set(weekday * 24 + hour, {
      cell: {
        ...cell,
        plays: cell.plays + rows.plays[row]!,
        ms_played: cell.ms_played + rows.msPlayed[row]!,
      },
      listeners: Math.max(listeners, rows.listeners[row]!),
    });
  }
  return [...cells.values()]
    .filter(({ listeners }) => listeners >= smallestGroup)
    .map(({ cell }) => cell);
}
