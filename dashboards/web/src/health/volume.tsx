import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, type Volume } from '../api.ts';
import { Panel } from '../components/panel.tsx';
import { TimeChart } from '../components/time-chart.tsx';
import { short } from '../format.ts';

const topics = ['plays', 'skips', 'likes'] as const;
const hourName = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** Events an hour on what is usual for that hour of the week; what is unusual is marked. */
export function VolumePanel({ version }: { version: string | null }) {
  const [topic, setTopic] = useState<(typeof topics)[number]>('plays');
  const { data } = useQuery({
    queryKey: ['volume', topic, version],
    queryFn: () => ask<Volume>('/volume', { topic, days: '7' }),
    placeholderData: (previous) => previous,
  });
  const hours = data?.hours ?? [];
  const anomalies = data?.anomalies ?? [];
  const isLearning = hours.length > 0 && hours.every(({ state }) => state === 'learning');
  const unusual = hours.map(({ state, actual }) =>
    state === 'low' || state === 'high' ? actual : null,
  );
  return (
    <Panel
      title="Volume"
      id="volume"
      note={
        hours.length === 0
          ? 'Events an hour, once an hour is over and published.'
          : isLearning
            ? 'Events an hour in the last seven days. What is usual is known after four weeks.'
            : 'Events an hour in the last seven days; the band is what is usual for that hour of the week.'
      }
      table={{
        columns: ['hour', 'events', 'usual', 'from', 'to', 'state'],
        rows: hours.map((one) => [
          one.hour,
          one.actual,
          one.expected ?? '',
          one.expected_low ?? '',
          one.expected_high ?? '',
          one.state,
        ]),
        file: `tonearm-volume-${topic}`,
      }}
    >
      <fieldset className="presets">
        <legend className="hidden">Topic</legend>
        {topics.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === topic}
            onClick={() => setTopic(one)}
          >
            {one}
          </button>
        ))}
      </fieldset>
      {hours.length > 0 && (
        <TimeChart
          key={isLearning ? 'learning' : 'known'}
          label={`${topic} an hour over the last seven days, ${unusual.filter((one) => one !== null).length} of them unusual`}
          times={hours.map(({ hour }) => Date.parse(hour) / 1000)}
          height={200}
          format={short}
          series={[
            { label: topic, color: 'blue', values: hours.map(({ actual }) => actual) },
            ...(isLearning
              ? []
              : [
                  {
                    label: 'At most',
                    color: 'muted',
                    values: hours.map((one) => one.expected_high),
                    thin: true,
                  },
                  {
                    label: 'At least',
                    color: 'muted',
                    values: hours.map((one) => one.expected_low),
                    thin: true,
                  },
                  { label: 'Unusual', color: 'rose', values: unusual, dots: true },
                ]),
          ]}
          band={isLearning ? undefined : { upper: 1, lower: 2, color: 'muted' }}
        />
      )}
      {anomalies.length > 0 && (
        <p className="note">
          Unusual:{' '}
          {anomalies
            .slice(0, 6)
            .map((one) => `${one.topic} ${hourName(one.hour)} too ${one.state}`)
            .join(', ')}
          {anomalies.length > 6 ? ` and ${anomalies.length - 6} more` : ''}
        </p>
      )}
    </Panel>
  );
}
