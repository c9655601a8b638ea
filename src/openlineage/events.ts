/** Events of OpenLineage 2-0-2 with the facets that are used here; the official schemas are in the tests. */
import { v5 as uuid } from 'uuid';

const spec = 'https://openlineage.io/spec';
const producer = 'urn:tonearm:platform';
const idSpace = '6f2c9d0e-8d0b-5a44-9c52-2f6f0a7b1c3d';

interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
}

export type Facets = Readonly<Record<string, Facet & Readonly<Record<string, unknown>>>>;

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

export interface JobRun {
  readonly namespace: string;
  readonly job: string;
  readonly runId: string;
}

export interface RunEvent {
  readonly eventType: 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT';
  /** RFC 3339, UTC. */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

/** The same words, the same id: steps that are processes of their own know their parent's. */
export const runIdOf = (...words: readonly string[]): string => uuid(words.join('\n'), idSpace);

export interface EventParts extends JobRun {
  readonly type: RunEvent['eventType'];
  /** ms since 1970. */
  readonly at: number;
  readonly parent?: JobRun | undefined;
  readonly integration: 'TONEARM' | 'DBT';
  readonly jobType: string;
  readonly processing?: 'BATCH' | 'STREAMING';
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly inputs?: readonly Dataset[];
  readonly outputs?: readonly Dataset[];
}

export function runEvent(parts: EventParts): RunEvent {
  const { namespace, job, runId, parent, error } = parts;
  return {
    eventType: parts.type,
    eventTime: new Date(parts.at).toISOString(),
    producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId,
      facets: {
        ...(parent === undefined
          ? {}
          : {
              parent: facet('ParentRunFacet', '1-2-0', {
                run: { runId: parent.runId },
                job: { namespace: parent.namespace, name: parent.job },
              }),
            }),
        ...(error === undefined
          ? {}
          : {
              errorMessage: facet('ErrorMessageRunFacet', '1-0-1', {
                message: error,
                programmingLanguage: parts.integration === 'DBT' ? 'SQL' : 'TypeScript',
              }),
            }),
      },
    },
    job: {
      namespace,
      name: job,
      facets: {
        jobType: facet('JobTypeJobFacet', '2-0-4', {
          processingType: parts.processing ?? 'BATCH',
          integration: parts.integration,
          jobType: parts.jobType,
        }),
        ...(parts.description === undefined || parts.description === ''
          ? {}
          : {
              documentation: facet('DocumentationJobFacet', '1-1-0', {
                description: parts.description,
              }),
            }),
      },
    },
    inputs: parts.inputs ?? [],
    outputs: parts.outputs ?? [],
  };
}

/** Columns of a dataset. */
export const schemaFacet = (
  columns: readonly { readonly name: string; readonly type?: string | null }[],
): Facets => ({
  schema: facet('SchemaDatasetFacet', '1-2-0', {
    fields: columns.map(({ name, type }) => ({ name, ...(type ? { type } : {}) })),
  }),
});

/** Which state of it: a version of a Delta table, or of the marts. */
export const versionFacet = (version: string | number): Facets => ({
  version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: String(version) }),
});

export const rowsWritten = (rowCount: number): { outputFacets: Facets } => ({
  outputFacets: {
    outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount }),
  },
});

export const rowsRead = (rowCount: number): { inputFacets: Facets } => ({
  inputFacets: {
    inputStatistics: facet('InputStatisticsInputDatasetFacet', '1-0-0', { rowCount }),
  },
});

export interface Assertion {
  readonly assertion: string;
  readonly success: boolean;
  readonly severity: string;
  readonly name: string;
  readonly column?: string;
  /** Rows that were found. */
  readonly actual?: string;
}

export const assertionsFacet = (assertions: readonly Assertion[]): { inputFacets: Facets } => ({
  inputFacets: {
    dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', '1-1-0', { assertions }),
  },
});

const facet = (
  name: string,
  version: string,
  content: Readonly<Record<string, unknown>>,
): Facets[string] => ({
  _producer: producer,
  _schemaURL: `${spec}/facets/${version}/${name}.json#/$defs/${name}`,
  ...content,
});
