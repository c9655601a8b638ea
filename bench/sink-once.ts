/** Drains the log of a data directory and prints CPU-seconds and peak memory as JSON. */
import { readFileSync } from 'node:fs';
import { parseConfig } from '../src/config.ts';
import { openLake } from '../src/lake/index.ts';
import { Sink } from '../src/lake/sink.ts';
import { sinkGroup } from '../src/lake/sink-group.ts';
import { openLog } from '../src/log/index.ts';

const directory = process.argv[2]!;
const config = parseConfig({ ...process.env, TONEARM_DATA: directory }, directory);
const log = await openLog(config.log);
const lake = await openLake(config, Date.now);
const before = process.cpuUsage();
const started = performance.now();
const result = await new Sink({
  config,
  log,
  lake,
  clock: Date.now,
  group: sinkGroup(lake.store),
  untilIdle: true,
}).run();
const used = process.cpuUsage(before);
await log.close();
console.log(
  JSON.stringify({
    cpu: (used.user + used.system) / 1e6,
    wall: (performance.now() - started) / 1000,
    rss: Math.round(peakKilobytes() / 1000),
    read: Object.values(result.read).reduce((sum, count) => sum + count, 0),
    commits: result.commits,
  }),
);

/** The system's own count of ru_maxrss begins with that of the parent process; VmHWM does not. */
function peakKilobytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
