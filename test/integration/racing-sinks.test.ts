import { test } from 'node:test';
import { raceSinks } from './racing-sinks.ts';

for (const sinks of [2, 4]) {
  test(`${sinks} sinks, some killed and one frozen for longer than it may be, store each record once`, (t) =>
    raceSinks(t, sinks));
}
