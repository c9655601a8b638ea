import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useSession } from '../access/session.ts';
import { ask } from '../api.ts';
import { useStatus } from '../app.tsx';
import { imageOf, pngOf, saveCanvas } from '../components/picture-png.ts';
import { Empty, Failure, Loading } from '../components/states.tsx';
import { ago, count } from '../format.ts';
import { ListenerPicker } from '../trends/listener-picker.tsx';
import type { WrappedAnswer } from './answer.ts';
import { type Card, cardsOf } from './cards.tsx';
import { height, width } from './frame.tsx';
import './wrapped.css';

interface Periods {
  rules: { streams: number; artists: number };
  periods: { year: number; month: number | null; streams: number; is_ready: boolean }[];
}

const keyOf = ({ year, month }: { year: number; month: number | null }): string =>
  month === null ? String(year) : `${year}-${String(month).padStart(2, '0')}`;

const nameOf = (key: string): string =>
  key.length === 4
    ? key
    : new Date(`${key}-01`).toLocaleDateString('en', {
        month: 'long',
        year: 'numeric',
        timeZone: 'UTC',
      });

/** Listener and period live in the address, so that it can be kept and shared. */
function useSelection() {
  const [selection, set] = useState(() => {
    const query = new URLSearchParams(window.location.search);
    return { user: query.get('user') ?? '', period: query.get('period') ?? '' };
  });
  const select = (next: Partial<typeof selection>) => {
    const merged = { ...selection, ...next };
    const query = new URLSearchParams(Object.entries(merged).filter(([, value]) => value !== ''));
    window.history.replaceState(null, '', `/wrapped${query.size > 0 ? `?${query}` : ''}`);
    set(merged);
  };
  return [selection, select] as const;
}

export default function WrappedPage() {
  const status = useStatus();
  const session = useSession();
  const [selection, select] = useSelection();
  const user = selection.user || (session?.role === 'listener' ? (session.user ?? '') : '');
  const version = status.data?.mart?.version ?? '';
  const periods = useQuery({
    queryKey: ['wrapped periods', user, version],
    queryFn: () => ask<Periods>('/wrapped/periods', { user }),
    enabled: user !== '',
    // The version is known a moment later than the page: what was asked before is shown until then.
    placeholderData: (previous, query) => (query?.queryKey[1] === user ? previous : undefined),
  });
  const offered = periods.data?.periods ?? [];
  const period =
    selection.period ||
    (offered[0] ? keyOf(offered.find((one) => one.is_ready) ?? offered[0]) : '');
  return (
    <>
      <div className="page-head">
        <h1>{user === '' ? 'Wrapped' : `${user} · Wrapped`}</h1>
        <ListenerPicker
          user={user}
          choose={(next) => select({ user: next, period: '' })}
          everyone={false}
        />
        {offered.length > 0 && (
          <select
            aria-label="Year or month"
            value={period}
            onChange={(event) => select({ period: event.target.value })}
          >
            {offered.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {one.month === null ? `${one.year}, the whole year` : nameOf(keyOf(one))}
                {one.is_ready ? '' : ' (too little)'}
              </option>
            ))}
          </select>
        )}
      </div>
      {user === '' ? (
        <Empty title="Whose year is it to be?">
          <p>
            Find a listener above: any year or month of theirs becomes cards to keep and to share.
          </p>
        </Empty>
      ) : periods.isError ? (
        <Failure error={periods.error} retry={() => void periods.refetch()} />
      ) : periods.data === undefined ? (
        <Loading />
      ) : offered.length === 0 ? (
        <Empty title="Nothing to wrap yet">
          <p>
            There are no plays of {user}, or all of them were in private sessions, which never
            appear here.
          </p>
        </Empty>
      ) : (
        <Story user={user} period={period} version={version} />
      )}
      {status.data?.mart && <p className="note">As of {ago(status.data.mart.published_at)}.</p>}
    </>
  );
}

function Story({ user, period, version }: { user: string; period: string; version: string }) {
  const [year, month] = period.split('-');
  const { data, error, isError, refetch } = useQuery({
    queryKey: ['wrapped', user, period, version],
    queryFn: () => ask<WrappedAnswer>('/wrapped', { user, year, month }),
    placeholderData: (previous, query) =>
      query?.queryKey[1] === user && query.queryKey[2] === period ? previous : undefined,
  });
  if (isError) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const { rules, totals } = data;
  if (!totals.is_ready) {
    return (
      <Empty title={`${nameOf(period)} is too quiet to wrap`}>
        <p>
          It takes {rules.streams} plays of 30 seconds and more, of {rules.artists} artists. Here
          are {count(totals.streams)} {totals.streams === 1 ? 'play' : 'plays'} of{' '}
          {count(totals.artists)} {totals.artists === 1 ? 'artist' : 'artists'}.
        </p>
      </Empty>
    );
  }
  const offset = -Math.round(new Date(data.to).getTimezoneOffset() / 60);
  const cards = cardsOf(data, nameOf(period), offset);
  return (
    <>
      <p className="note">
        Favourites are by plays of 30 seconds and more; it takes {rules.streams} of them, of{' '}
        {rules.artists} artists. Days are UTC, private sessions are left out.
      </p>
      <ol className="cards">
        {cards.map((card) => (
          <li key={card.key}>
            <CardFigure card={card} file={`tonearm-${user}-${period}-${card.key}`} />
          </li>
        ))}
      </ol>
    </>
  );
}

async function canvasOf(figure: HTMLElement): Promise<HTMLCanvasElement> {
  const image = await imageOf(figure.querySelector('svg')!, width, height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')!.drawImage(image, 0, 0, width, height);
  return canvas;
}

function CardFigure({ card, file }: { card: Card; file: string }) {
  const figure = useRef<HTMLElement>(null);
  const [problem, setProblem] = useState('');
  const attempt = async (work: (canvas: HTMLCanvasElement) => Promise<void>) => {
    try {
      setProblem('');
      await work(await canvasOf(figure.current!));
    } catch (error) {
      if ((error as Error).name !== 'AbortError') setProblem((error as Error).message);
    }
  };
  const share = (canvas: HTMLCanvasElement) =>
    pngOf(canvas).then((blob) =>
      navigator.share({
        files: [new File([blob], `${file}.png`, { type: 'image/png' })],
        title: card.title,
      }),
    );
  return (
    <figure ref={figure} className="card">
      {card.picture}
      <figcaption>
        <h2>{card.title}</h2>
        <p className="hidden">{card.words}</p>
        <span className="tools">
          <button
            type="button"
            aria-label={`Download ${card.title}`}
            onClick={() => void attempt((canvas) => saveCanvas(canvas, file))}
          >
            Download
          </button>
          {'share' in navigator && (
            <button
              type="button"
              aria-label={`Share ${card.title}`}
              onClick={() => void attempt(share)}
            >
              Share
            </button>
          )}
        </span>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
      </figcaption>
    </figure>
  );
}
