import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { useSession } from '../access/session.ts';
import { ask, type ListenerItem } from '../api.ts';
import { count } from '../format.ts';

interface Answer {
  total: number;
  items: ListenerItem[];
}

/** For those who see no other listener: everyone, or oneself. */
function OwnPicker({
  own,
  user,
  choose,
  everyone,
}: {
  own: string | null;
  user: string;
  choose: (user: string) => void;
  everyone: boolean;
}) {
  const only = !everyone && own !== null && user !== own ? own : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: chosen once, when there is no choice
  useEffect(() => {
    if (only !== undefined) choose(only);
  }, [only]);
  return (
    <div className="picker">
      {everyone && (
        <button type="button" aria-pressed={user === ''} onClick={() => choose('')}>
          Everyone
        </button>
      )}
      {own !== null && (
        <button type="button" aria-pressed={user === own} onClick={() => choose(own)}>
          {own}
        </button>
      )}
    </div>
  );
}

/** Everyone, or one listener: a search box that asks the API, so that 100,000 names are no burden. */
export function ListenerPicker(options: {
  user: string;
  choose: (user: string) => void;
  /** Offers everyone together. */
  everyone?: boolean;
  label?: string;
}) {
  const session = useSession();
  if (session === undefined || session.role === 'owner') return <AnyListener {...options} />;
  return <OwnPicker everyone={true} {...options} own={session.user} />;
}

function AnyListener({
  user,
  choose,
  everyone = true,
  label = 'Find a listener',
}: {
  user: string;
  choose: (user: string) => void;
  /** Offers everyone together. */
  everyone?: boolean;
  label?: string;
}) {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const list = useId();
  const asked = useSettled(text);
  const { data, isError, isFetching, isPlaceholderData } = useQuery({
    queryKey: ['listeners', asked],
    queryFn: ({ signal }) => ask<Answer>('/listeners', { q: asked, limit: '12' }, signal),
    enabled: open,
    placeholderData: (previous) => previous,
  });
  const found = data?.items ?? [];
  // Until the answer to this text is there, nobody whom it rules out may be chosen.
  const items =
    asked === text && !isPlaceholderData
      ? found
      : found.filter(({ user_id }) => user_id.toLowerCase().includes(text.toLowerCase()));
  const take = (next: string) => {
    choose(next);
    setText('');
    setOpen(false);
  };
  return (
    <div className="picker">
      {everyone && (
        <button type="button" aria-pressed={user === ''} onClick={() => take('')}>
          Everyone
        </button>
      )}
      <div className="combo">
        <input
          type="text"
          role="combobox"
          aria-label={label}
          aria-expanded={open}
          aria-controls={list}
          aria-activedescendant={open && items[active] ? `${list}-${active}` : undefined}
          placeholder={user === '' ? label : user}
          value={text}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
            setOpen(true);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setActive(Math.min(active + 1, items.length - 1));
            else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
            else if (event.key === 'Enter' && items[active]) take(items[active].user_id);
            else if (event.key === 'Escape') setOpen(false);
            else return;
            event.preventDefault();
          }}
        />
        {open && (
          <div className="options">
            <div id={list} role="listbox" aria-label="Listeners">
              {items.map((item, index) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard works the list through the input
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input
                <div
                  key={item.user_id}
                  id={`${list}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => take(item.user_id)}
                >
                  {item.user_id}
                  <small>{count(item.plays)} plays</small>
                </div>
              ))}
            </div>
            <div className="note" role="status">
              {isError
                ? 'The search does not answer.'
                : data === undefined || (items.length === 0 && (isFetching || asked !== text))
                  ? 'Searching …'
                  : items.length === 0
                    ? 'Nobody of that name.'
                    : data.total > items.length
                      ? `${count(data.total)} listeners match: type more of the name`
                      : ''}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

/** A text as it was when nobody had typed for a moment: each letter of a name is no question of its own. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

const settleMs = 120;
