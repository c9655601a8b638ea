/** What the tests of the last build said of each table. */
import type { Config } from '../config.ts';
import { readLineage, readTestResults } from '../warehouse/index.ts';
import type { Datasets } from './datasets.ts';
import { type Assertion, assertionsFacet, type Dataset } from './events.ts';

/** Every tested table with its tests; a test over several tables stands at each. */
export async function assertionsOf(
  config: Pick<Config, 'dataDirectory'>,
  datasets: Datasets,
): Promise<Dataset[]> {
  const graph = await readLineage(config).catch(() => undefined);
  const [last] = await readTestResults(config, 1);
  if (graph === undefined || last === undefined) return [];
  const byTable = new Map<string, Assertion[]>();
  for (const { name, status, failing_rows: found } of last.tests) {
    const test = graph.tests.find((one) => one.name === name);
    if (test === undefined || status === 'skipped') continue;
    const assertion: Assertion = {
      assertion: test.kind === 'query' ? 'custom_sql' : test.kind,
      ...{ name, success: status === 'pass', severity: test.severity, actual: String(found) },
      ...(test.column === null ? {} : { column: test.column }),
    };
    for (const table of test.model === null ? test.reads : [test.model]) {
      byTable.set(table, [...(byTable.get(table) ?? []), assertion]);
    }
  }
  return [...byTable].map(([table, assertions]) => ({
    ...datasets.warehouse(table, graph.nodes.find(({ id }) => id === table)?.columns),
    ...assertionsFacet(assertions),
  }));
}
