import { test } from 'node:test';
import { killTheSink } from './sink-kill.ts';

test('the sink killed at 50 moments loses no row and doubles none', (t) => killTheSink(t, 50));
