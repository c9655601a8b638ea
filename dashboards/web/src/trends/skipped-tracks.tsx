import { useState } from 'react';
import { TopList } from './top-list.tsx';
import type { Shown } from './use-trends.ts';

/** What is skipped: how often it happened, or how likely it is. */
export function SkippedTracks({ shown }: { shown: Shown }) {
  const [order, setOrder] = useState<'skips' | 'skip_rate'>('skip_rate');
  return (
    <TopList shown={shown} kind="tracks" order={order} title="Most skipped tracks">
      <fieldset className="presets">
        <legend className="hidden">Ordered by</legend>
        {(['skip_rate', 'skips'] as const).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === order}
            onClick={() => setOrder(one)}
          >
            {one === 'skips' ? 'Skips' : 'Skip rate'}
          </button>
        ))}
      </fieldset>
    </TopList>
  );
}
