/**
 * The warehouse: dbt builds bronze, silver and gold from the lake in one DuckDB file, and what
 * passed its tests is published as Parquet marts. Dashboards read the marts, never the warehouse.
 */
export { type BuildResult, type DbtRunner, startDbtRunner, type TimeRange } from './dbt-runner.ts';
export { forgetParts } from './export-marts.ts';
export { modelsPath, readModels, removeModels, writeModels } from './kept-models.ts';
export { keepLineage, type Lineage, readLineage } from './lineage.ts';
export {
  type MartTable,
  martFiles,
  rowsForLookUps,
  rowsOfFiles,
  tableOfFile,
} from './mart-files.ts';
export { makeModelDocs, modelDocsPath } from './model-docs.ts';
export { type GraphTest, layers } from './model-graph.ts';
export { prepareRecommendations, prepareSnowflake } from './prepare-snowflake.ts';
export { type CurrentMarts, publishMarts, readCurrentMarts, swapPointer } from './publish.ts';
export { openQuery, type QueryAnswer, type QuerySession } from './query.ts';
export { type ChoiceRow, RecommendationStore } from './recommendation-store.ts';
export {
  keepTestResults,
  type RunTests,
  readTestResults,
  type TestResult,
  type TestStatus,
} from './test-results.ts';
export { listMarts, martsAsOf, rollBack } from './versions.ts';
