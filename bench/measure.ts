/** CPU-seconds (user and system) and wall seconds of a piece of work in this process. */
export async function measure<T>(
  work: () => Promise<T> | T,
): Promise<{ value: T; cpu: number; wall: number }> {
  const before = process.cpuUsage();
  const started = performance.now();
  const value = await work();
  const used = process.cpuUsage(before);
  return {
    value,
    cpu: (used.user + used.system) / 1e6,
    wall: (performance.now() - started) / 1000,
  };
}

export function row(name: string, ...cells: string[]): void {
  console.log(
    name.padEnd(44) + cells.map((cell) => cell.padStart(cells.length > 4 ? 12 : 16)).join(''),
  );
}
