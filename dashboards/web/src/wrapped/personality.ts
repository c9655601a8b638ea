export interface Hour {
  hour: number;
  ms_played: number;
}

/** The parts of a day, with the name of who listens most in them. */
const parts = [
  { from: 5, to: 9, name: 'Early bird', when: '5 and 9 in the morning' },
  { from: 9, to: 12, name: 'Morning mind', when: '9 and noon' },
  { from: 12, to: 17, name: 'Daydreamer', when: 'noon and 5 in the afternoon' },
  { from: 17, to: 22, name: 'Evening soul', when: '5 and 10 in the evening' },
  { from: 22, to: 29, name: 'Night owl', when: '10 at night and 5 in the morning' },
] as const;

/** Listening by hour of the day in another time zone, whole hours away from UTC. */
export function hoursIn(hours: readonly Hour[], offset: number): number[] {
  const day = Array.from({ length: 24 }, () => 0);
  for (const { hour, ms_played } of hours) day[(hour + offset + 48) % 24]! += ms_played;
  return day;
}

/** The part of the day with the most listening an hour, and its share of all. */
export function personality(day: readonly number[]): { name: string; when: string; share: number } {
  const all = day.reduce((sum, one) => sum + one, 0);
  const counted = parts.map((part) => {
    let time = 0;
    for (let hour = part.from; hour < part.to; hour += 1) time += day[hour % 24]!;
    return { ...part, time, rate: time / (part.to - part.from) };
  });
  const most = counted.reduce((best, part) => (part.rate > best.rate ? part : best));
  return { name: most.name, when: most.when, share: all > 0 ? most.time / all : 0 };
}
