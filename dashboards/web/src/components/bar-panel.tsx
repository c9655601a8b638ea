import { type BarItem, Bars } from './bars.tsx';
import { Panel } from './panel.tsx';

/** A list with bars in a panel of its own, with its table and downloads. */
export function BarPanel(props: {
  title: string;
  note: string;
  items: readonly BarItem[];
  /** Headings of the name, of what is said beside it where there is such, and of the value. */
  columns: readonly [name: string, more: string | undefined, value: string];
  file: string;
  none?: string;
}) {
  const { title, note, items, columns, file, none } = props;
  const [name, more, value] = columns;
  return (
    <Panel
      title={title}
      note={note}
      table={{
        columns: [name, ...(more === undefined ? [] : [more]), value],
        rows: items.map((item) => [
          item.name,
          ...(more === undefined ? [] : [item.more ?? '']),
          item.value,
        ]),
        file,
      }}
    >
      <Bars items={items} none={none} />
    </Panel>
  );
}
