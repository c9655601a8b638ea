/** Lineage for other tools: events in the OpenLineage format from every step and every model. */
export { type Datasets, datasetsOf } from './datasets.ts';
export { type LineageSender, openLineageSender } from './deliver.ts';
export { type RunEvent, runIdOf } from './events.ts';
export { runEvents } from './run-events.ts';
export { sinkLineage } from './sink-lineage.ts';
export { StepLineage } from './step-lineage.ts';
