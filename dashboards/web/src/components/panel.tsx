import { type ReactNode, useEffect, useRef, useState } from 'react';
import { PageBoundary } from './page-boundary.tsx';
import { savePicture } from './picture-png.ts';

export interface PanelTable {
  readonly columns: readonly string[];
  readonly rows: readonly (string | number)[][];
  readonly file: string;
}

/** `Top tracks` is `top-tracks` in an address. */
const idOf = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/**
 * A picture with its heading and an address of its own; with a table, it can be read and downloaded as numbers too.
 */
export function Panel(props: {
  title: string;
  note?: string;
  table?: PanelTable;
  className?: string;
  /** Where links to it lead; made of the title when left out, so one whose title changes needs it. */
  id?: string;
  children: ReactNode;
}) {
  const { title, note, table, className = '', id = idOf(title), children } = props;
  const [asTable, setAsTable] = useState(false);
  const section = useRef<HTMLElement>(null);
  // A browser looks for the place that an address names before the answers are there.
  useEffect(() => {
    if (window.location.hash === `#${id}`) section.current!.scrollIntoView();
  }, [id]);
  return (
    <section className={`panel ${className}`} id={id} ref={section} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {table && (
          <span className="tools">
            <button
              type="button"
              className="quiet"
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? 'Picture' : 'Table'}
            </button>
            <button type="button" className="quiet" onClick={() => download(table)}>
              CSV
            </button>
            {!asTable && (
              <button
                type="button"
                className="quiet"
                onClick={() => savePicture(section.current!, title, table.file)}
              >
                PNG
              </button>
            )}
            <a
              className="quiet"
              href={`#${id}`}
              aria-label={`Address of ${title}`}
              title="Address of this picture"
            >
              #
            </a>
          </span>
        )}
      </header>
      {note && <p className="note">{note}</p>}
      {asTable && table ? <Numbers table={table} /> : <PageBoundary>{children}</PageBoundary>}
    </section>
  );
}

function Numbers({ table }: { table: PanelTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className="scroll" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column, index) => (
              <th
                key={column}
                scope="col"
                className={typeof table.rows[0]?.[index] === 'number' ? 'number' : ''}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.slice(0, 2).join('|')}>
              {row.map((cell, index) => (
                <td key={table.columns[index]} className={typeof cell === 'number' ? 'number' : ''}>
                  {typeof cell === 'number' ? cell.toLocaleString('en') : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Cells that begin like a formula are quoted, so that a spreadsheet shows them as text. */
function cellText(cell: string | number): string {
  const text = typeof cell === 'string' && /^[=+\-@]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download({ columns, rows, file }: PanelTable): void {
  const text = [columns, ...rows].map((row) => row.map(cellText).join(',')).join('\r\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = `${file}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
