import { useQuery } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, useEffect, useState } from 'react';
import { Account, SharedNote } from './access/account.tsx';
import { seesPlatform, useSession } from './access/session.ts';
import { statusQuery } from './api.ts';
import { PageBoundary } from './components/page-boundary.tsx';
import { Empty } from './components/states.tsx';
import ForYouPage from './for-you/for-you-page.tsx';
import { ago } from './format.ts';
import HealthPage from './health/health-page.tsx';
import LivePage from './live/live-page.tsx';
import TrendsPage from './trends/trends-page.tsx';
import WrappedPage from './wrapped/wrapped-page.tsx';
import YourDataPage from './your-data/your-data-page.tsx';

// Each needs but a few kilobytes of its own: in one file they are there a round trip sooner.
const pages: {
  path: string;
  name: string;
  Page: ComponentType;
  forPlatform?: boolean;
  /** It says itself when the server is away. */
  tellsOutage?: boolean;
}[] = [
  { path: '/', name: 'Live', Page: LivePage, tellsOutage: true },
  { path: '/trends', name: 'Trends', Page: TrendsPage },
  { path: '/for-you', name: 'For you', Page: ForYouPage },
  { path: '/wrapped', name: 'Wrapped', Page: WrappedPage },
  { path: '/your-data', name: 'Your data', Page: YourDataPage },
  {
    path: '/health',
    name: 'Pipeline health',
    Page: HealthPage,
    forPlatform: true,
    tellsOutage: true,
  },
];

/** Follows the address; `navigate` changes it without a reload. */
export function usePath(): [string, (path: string) => void] {
  const [path, setPath] = useState(window.location.pathname);
  useEffect(() => {
    const follow = () => setPath(window.location.pathname);
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);
  return [
    path,
    (next) => {
      window.history.pushState(null, '', next);
      setPath(window.location.pathname);
      window.scrollTo(0, 0);
      // A reader of the screen goes on at the new page, not at the link to it.
      document.getElementById('content')?.focus({ preventScroll: true });
    },
  ];
}

export function App() {
  const [path, navigate] = usePath();
  const session = useSession();
  const shown = pages.filter((page) => !page.forPlatform || seesPlatform(session));
  const current = shown.find((page) => page.path === path);
  const name = current?.name ?? 'No such page';
  useEffect(() => {
    document.title = `${name} · Tonearm`;
  }, [name]);
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <header className="top">
        <a
          className="brand"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            navigate('/');
          }}
        >
          <img src="/tonearm.svg" alt="" width="28" height="28" />
          Tonearm
        </a>
        <nav aria-label="Pages">
          {shown.map((page) => (
            <a
              key={page.path}
              href={page.path}
              aria-current={page === current ? 'page' : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                navigate(page.path);
              }}
            >
              {page.name}
            </a>
          ))}
        </nav>
        <Freshness />
        <Account />
        <ThemeToggle />
      </header>
      <Notice tellsOutage={current?.tellsOutage !== true} />
      <main id="content" tabIndex={-1}>
        <PageBoundary key={path}>
          {current === undefined ? <NoSuchPage path={path} /> : <current.Page />}
        </PageBoundary>
        <SharedNote />
      </main>
      <footer className="bottom">
        <a href="/api/docs">API</a>
        {seesPlatform(session) && <a href="/docs/models">Models, columns and SQL</a>}
      </footer>
    </>
  );
}

function NoSuchPage({ path }: { path: string }) {
  return (
    <Empty title="There is no such page">
      <p>
        <code>{path}</code> is nothing here, or not for your account. <a href="/">Live</a> shows
        what is playing now.
      </p>
    </Empty>
  );
}

export const useStatus = () => useQuery({ ...statusQuery, refetchInterval: 5000 });

function Freshness() {
  const { data } = useStatus();
  if (!data?.mart) return <span className="fresh">nothing published yet</span>;
  const stale = data.mart.age_seconds > 120;
  return (
    <span className={stale ? 'fresh stale' : 'fresh'} title={`Marts ${data.mart.version}`}>
      Trends published {ago(data.mart.published_at)}
    </span>
  );
}

/** What the pipeline has to say; or that the server is away, while what is on the page stays. */
function Notice({ tellsOutage }: { tellsOutage: boolean }): ReactNode {
  const { data, isError, dataUpdatedAt } = useStatus();
  if (data !== undefined && isError && tellsOutage) {
    return (
      <div className="notice" role="alert">
        The server does not answer. What you see is from{' '}
        {new Date(dataUpdatedAt).toLocaleTimeString('en-GB')}; it is asked again every few seconds.
      </div>
    );
  }
  if (!data?.notice) return null;
  return (
    <div className="notice" role="status">
      {data.notice}
    </div>
  );
}

function ThemeToggle() {
  const [theme, setTheme] = useState(() => localStorage.getItem('theme') ?? 'auto');
  useEffect(() => {
    localStorage.setItem('theme', theme);
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const next = { auto: 'light', light: 'dark', dark: 'auto' }[theme] ?? 'auto';
  const symbols: Record<string, string> = { auto: '◐', light: '☀', dark: '☾' };
  return (
    <button
      type="button"
      className="quiet"
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(next)}
    >
      {symbols[theme]}
    </button>
  );
}
