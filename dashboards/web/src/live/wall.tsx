import { memo } from 'react';
import type { NowPlaying } from '../api.ts';
import { clock } from '../format.ts';
import { countryName } from './country-name.ts';

/** Rows that a person can take in. */
export const wallSize = 24;

/** Who plays what: rows stay where they are until their playback ends or newer ones push them on. */
export function Wall({ rows, now }: { rows: readonly NowPlaying[]; now: number }) {
  return (
    <ul className="playing">
      {rows.slice(0, wallSize).map((one) => (
        <Row key={`${one.user_id}${one.started_at}`} one={one} second={Math.floor(now / 1000)} />
      ))}
    </ul>
  );
}

/** The key says which playback it is: only the second changes. */
const Row = memo(
  function Row({ one, second }: { one: NowPlaying; second: number }) {
    const length = one.track_duration;
    const elapsed = Math.max(0, second * 1000 - Date.parse(one.started_at));
    const played = Math.min(elapsed, length ?? elapsed);
    return (
      <li>
        <div className="what">
          <strong>{one.track}</strong>
          <span>{one.artist}</span>
        </div>
        <div className="who">
          <span>{one.user_id}</span>
          <span>
            {one.device}
            {one.country && (
              <>
                {' · '}
                <abbr title={countryName(one.country)}>{one.country}</abbr>
              </>
            )}
          </span>
        </div>
        <div className="progress" aria-hidden="true">
          <i style={{ transform: `scaleX(${length ? played / length : 0})` }} />
        </div>
        <span className="time">
          {clock(played)}
          {length ? ` / ${clock(length)}` : ''}
        </span>
      </li>
    );
  },
  (before, after) => before.second === after.second,
);
