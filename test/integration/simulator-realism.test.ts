import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bands, measurePopulation } from '../../bench/simulator-realism.ts';

test('a simulated population lies inside the bands of measured listening', async () => {
  const measured = await measurePopulation({ seed: 3, users: 60, days: 366 });
  for (const { name, low, high } of bands) {
    const value = measured[name]!;
    assert.ok(
      value >= low && value <= high,
      `${name}: ${value.toFixed(3)} is not in ${low} to ${high}`,
    );
  }
});
