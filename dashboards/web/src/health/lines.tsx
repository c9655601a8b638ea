import type { ReactNode } from 'react';

/** A table of a few columns; cells that are numbers stand to the right. */
export function Lines({
  head,
  rows,
  label,
}: {
  head: readonly string[];
  rows: readonly { key: string; cells: readonly ReactNode[] }[];
  label: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="scroll" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((name, index) => (
              <th
                key={name}
                scope="col"
                className={index > 0 && isNumber(rows[0]?.cells[index]) ? 'number' : ''}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, index) => (
                <td key={head[index]} className={isNumber(cell) && index > 0 ? 'number' : ''}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const isNumber = (cell: ReactNode): boolean =>
  typeof cell === 'string' && /^(\$ )?[\d,.]+( [kMG]?B| s| %)?$/.test(cell);
