import type { Alert, Stage } from '../api.ts';
import { ago } from '../format.ts';
import { marks } from './flow.tsx';

/** The answer to "is it healthy, and if not, where?", in one sentence. */
export function Verdict({
  stages,
  firing,
}: {
  stages: readonly Stage[];
  firing: readonly Alert[];
}) {
  const bad = stages.filter(({ status }) => status === 'fail');
  const doubtful = stages.filter(({ status }) => status === 'warn');
  const isFailing = bad.length > 0 || firing.some(({ severity }) => severity === 'critical');
  const isDoubtful = doubtful.length > 0 || firing.length > 0;
  const status = isFailing ? 'fail' : isDoubtful ? 'warn' : 'ok';
  return (
    <p className={`verdict ${status}`} role="status">
      <span aria-hidden="true">{marks[status]}</span>
      {status === 'ok'
        ? 'Everything is well.'
        : [...bad, ...doubtful].map((stage) => (
            <a key={stage.name} href={`#stage-${stage.name}`}>
              {stage.name}: {stage.headline}
            </a>
          ))}
      {firing.length > 0 && (
        <a href="#alerts">
          {firing.length === 1 ? 'An alert fires' : `${firing.length} alerts fire`}
        </a>
      )}
    </p>
  );
}

/** What people are told about: nothing is drawn while all is quiet. */
export function Alerts({ firing }: { firing: readonly Alert[] }) {
  if (firing.length === 0) return null;
  return (
    <section className="alerts" id="alerts" aria-label="Alerts">
      {firing.map((alert) => (
        <div key={alert.key} className={alert.severity}>
          <h2>
            <span aria-hidden="true">
              {alert.severity === 'critical' ? marks.fail : marks.warn}
            </span>{' '}
            {alert.title}
            <span className="hidden"> ({alert.severity})</span>
          </h2>
          <p>{alert.detail}</p>
          <p className="note">
            since {ago(alert.since)} · what to do: <Runbook address={alert.runbook} />
          </p>
        </div>
      ))}
    </section>
  );
}

function Runbook({ address }: { address: string }) {
  if (!/^https?:/.test(address)) return <code>{address}</code>;
  return (
    <a href={address} rel="noreferrer" target="_blank">
      {address}
    </a>
  );
}
