import { short } from '../format.ts';

export interface BarItem {
  readonly key: string;
  readonly name: string;
  readonly more?: string;
  readonly value: number;
  readonly text?: string;
}

/** A list with bars: the longest is the largest. */
export function Bars({
  items,
  none = 'Nothing yet.',
}: {
  items: readonly BarItem[];
  none?: string | undefined;
}) {
  if (items.length === 0) return <p className="note">{none}</p>;
  const most = Math.max(...items.map((item) => item.value), 1e-9);
  return (
    <ol className="bars">
      {items.map((item) => (
        <li key={item.key}>
          <i style={{ transform: `scaleX(${item.value / most})` }} aria-hidden="true" />
          <span className="name" title={item.more ? `${item.name} · ${item.more}` : item.name}>
            {item.name}
            {item.more && <small>{item.more}</small>}
          </span>
          <span className="value">{item.text ?? short(item.value)}</span>
        </li>
      ))}
    </ol>
  );
}
