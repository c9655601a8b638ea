import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { serverMetrics } from '../../src/serving/metrics.ts';
import { sinkMetrics } from '../../src/sink-metrics.ts';
import { spotifyMetrics } from '../../src/spotify-metrics.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string; legendFormat: string }[];
}
const dashboard = JSON.parse(text('infra/grafana/tonearm.json')) as { panels: Panel[] };
const { groups } = parse(text('infra/prometheus/alerts.yml')) as {
  groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const queries = [
  ...rules.map(({ alert, expr }) => ({ place: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ place: title, expr })),
  ),
];

/** Metrics of all processes: name → labels. `up` is Prometheus' own. */
async function knownMetrics(): Promise<Map<string, readonly string[]>> {
  const known = new Map<string, readonly string[]>([['up', []]]);
  const registries = [
    serverMetrics('1').registry,
    sinkMetrics(Date.now).registry,
    spotifyMetrics(Date.now).registry,
  ];
  for (const registry of registries) {
    for (const metric of await registry.getMetricsAsJSON()) {
      const { labelNames = [] } = registry.getSingleMetric(metric.name) as unknown as {
        labelNames?: string[];
      };
      known.set(metric.name, labelNames);
      if (String(metric.type) === 'histogram') {
        known.set(`${metric.name}_bucket`, [...labelNames, 'le']);
        known.set(`${metric.name}_count`, labelNames);
        known.set(`${metric.name}_sum`, labelNames);
      }
    }
  }
  return known;
}

/** Names in an expression by what they are, and the places where the grammar of Prometheus finds none. */
function namesOf(expr: string) {
  const found = { metrics: [] as string[], labels: [] as string[], errors: [] as string[] };
  parser.parse(expr).iterate({
    enter({ type, from, to }) {
      const part = expr.slice(from, to);
      if (type.isError) found.errors.push(`${from}: ${expr}`);
      if (type.name === 'VectorSelector') found.metrics.push(/^[\w:]*/.exec(part)![0]);
      if (type.name === 'LabelName') found.labels.push(part);
    },
  });
  return found;
}

test('every expression is one that Prometheus understands, over metrics and labels that exist', async () => {
  const known = await knownMetrics();
  assert.ok(queries.length > 25);
  for (const { place, expr } of queries) {
    const { metrics, labels, errors } = namesOf(expr);
    assert.deepEqual(errors, [], place);
    assert.ok(metrics.length > 0, `${place}: ${expr}`);
    const unknown = metrics.filter((name) => !known.has(name));
    assert.deepEqual(unknown, [], place);
    const allowed = [...metrics.flatMap((name) => known.get(name)!), 'job', 'instance'];
    assert.deepEqual(
      labels.filter((label) => !allowed.includes(label)),
      [],
      place,
    );
  }
});

test('the check itself finds wrong names, wrong labels and wrong grammar', async () => {
  const known = await knownMetrics();
  assert.equal(known.has(namesOf('tonearm_nothing > 1').metrics[0]!), false);
  assert.deepEqual(namesOf('sum by (colour) (tonearm_tests)').labels, ['colour']);
  assert.notDeepEqual(namesOf('sum by (le (rate(x[5m])').errors, []);
});

test('every alert has a runbook that exists; panels do not overlap and have one id each', () => {
  for (const { alert, annotations } of rules) {
    assert.ok(existsSync(join(root, annotations.runbook)), alert);
  }
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [index, { title, gridPos: a }] of panels.entries()) {
    assert.ok(a.x + a.w <= 24, title);
    for (const { title: other, gridPos: b } of panels.slice(index + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, `${title} and ${other}`);
    }
  }
});

test('the page of metrics names every one of them', async () => {
  const page = text('docs/reference/metrics.md');
  const names = [...(await knownMetrics()).keys()].filter(
    (name) => name.startsWith('tonearm_') && !/_(bucket|count|sum)$/.test(name),
  );
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});
