import type { Stage } from '../api.ts';
import { ago, short } from '../format.ts';

export const marks: Record<Stage['status'], string> = { ok: '●', warn: '▲', fail: '✕', idle: '○' };
export const statusWords: Record<Stage['status'], string> = {
  ok: 'well',
  warn: 'warning',
  fail: 'failing',
  idle: 'idle',
};

/** What flows into each stage, and where there is more about it. */
const about: Record<string, { into: string; counter?: string; more?: string }> = {
  sources: { into: '', more: '#sources' },
  log: { into: 'events', counter: 'log', more: '#topics' },
  sink: { into: 'records', counter: 'log', more: '#dead-letters' },
  lake: { into: 'rows', counter: 'lake', more: '#tables' },
  warehouse: { into: 'new files', more: '#runs' },
  marts: { into: 'what passed its tests', more: '#lineage' },
  live: { into: 'records', counter: 'live', more: '/' },
};

/** The stages in the order of the data: a chain, and the live view beside it from the log. */
export function Flow({
  stages,
  rates,
}: {
  stages: readonly Stage[];
  rates: Readonly<Record<string, number>>;
}) {
  return (
    <ol className="flow" aria-label="Stages, in the order of the data">
      {stages.map((stage) => {
        const { into, counter, more } = about[stage.name] ?? { into: '' };
        const rate = counter === undefined ? undefined : rates[counter];
        return (
          <li
            key={stage.name}
            id={`stage-${stage.name}`}
            className={`${stage.status} ${stage.name}`}
          >
            {into !== '' && (
              <span className="into">
                {rate === undefined ? into : `${perSecond(rate)} ${into}`}
              </span>
            )}
            <h2>
              <span aria-hidden="true">{marks[stage.status]}</span> <a href={more}>{stage.name}</a>
              <span className="hidden">: {statusWords[stage.status]}</span>
            </h2>
            <strong>{stage.headline}</strong>
            {stage.detail !== '' && <p>{stage.detail}</p>}
            <p className="note">{timing(stage)}</p>
          </li>
        );
      })}
    </ol>
  );
}

const perSecond = (rate: number): string =>
  `${rate > 0 && rate < 10 ? rate.toFixed(1) : short(rate)}/s`;

function timing({ lag_seconds: lag, at }: Stage): string {
  const behind =
    lag === undefined ? '' : lag < 1 ? `lag ${Math.round(lag * 1000)} ms` : `lag ${short(lag)} s`;
  return [behind, at ? ago(at) : ''].filter((part) => part !== '').join(' · ');
}
