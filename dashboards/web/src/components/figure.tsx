/** One number with its name, for a `dl`. */
export function Figure({
  name,
  value,
  exact,
  note,
}: {
  name: string;
  value: string;
  /** The number behind `value`. */
  exact?: number;
  note?: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {exact === undefined ? value : <data value={exact}>{value}</data>}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}
