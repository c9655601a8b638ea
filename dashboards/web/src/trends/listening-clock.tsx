import { duration } from '../format.ts';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const hours = Array.from({ length: 24 }, (_, hour) => hour);

export interface Cell {
  weekday: number;
  hour: number;
  plays: number;
  ms_played: number;
}

/** Hour × weekday: the stronger the colour, the more time was listened. */
export function ListeningClock({ cells }: { cells: readonly Cell[] }) {
  const most = Math.max(1, ...cells.map((cell) => cell.ms_played));
  const at = new Map(cells.map((cell) => [`${cell.weekday}-${cell.hour}`, cell]));
  return (
    <table className="heat">
      <thead>
        <tr>
          <td />
          {hours.map((hour) => (
            <th key={hour} scope="col">
              {hour % 3 === 0 ? hour : <span className="hidden">{hour}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weekdays.map((name, index) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {hours.map((hour) => {
              const cell = at.get(`${index + 1}-${hour}`);
              const time = cell?.ms_played ?? 0;
              return (
                <td
                  key={hour}
                  title={`${name} ${hour}:00: ${duration(time)}`}
                  style={{ '--strength': (time / most) ** 0.7 } as React.CSSProperties}
                >
                  <span className="hidden">{duration(time)}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
