import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { liveSnapshot } from '../live/index.ts';
import type { Api } from './api.ts';
import { pipelineState, stageState } from './pipeline-state.ts';
import { problem } from './problem.ts';
import type { DeclaredRoute } from './route-access.ts';
import { runRecord, runSummary } from './run-schema.ts';

interface Operation {
  summary?: string;
  description?: string;
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema?: Record<string, unknown>;
  }[];
}

/** Makes the OpenAPI document from the routes' schemas. Call it before the routes are added. */
export async function describeApi(app: Api, version: string): Promise<void> {
  const schemaRegistry = z.registry<{ id?: string }>();
  schemaRegistry.add(liveSnapshot, { id: 'LiveSnapshot' });
  schemaRegistry.add(pipelineState, { id: 'PipelineState' });
  schemaRegistry.add(stageState, { id: 'StageState' });
  schemaRegistry.add(problem, { id: 'Problem' });
  schemaRegistry.add(runRecord, { id: 'RunRecord' });
  schemaRegistry.add(runSummary, { id: 'RunSummary' });
  const options = { schemaRegistry, zodToJsonConfig: { override: describe } };
  const toDocument = createJsonSchemaTransformObject(options);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of ./tonearm access.' },
          session: { type: 'apiKey', in: 'cookie', name: 'tonearm' },
        },
      },
      info: {
        title: 'Tonearm',
        version,
        description: 'Live and historical listening. Errors are problem documents (RFC 9457).',
      },
    },
    transform: createJsonSchemaTransform(options),
    transformObject: (document) =>
      withRefusals(withoutInputs(toDocument(document)), app.declaredRoutes),
  });
}

/** `.describe()` writes into the registry of all schemas, of which the document's own knows nothing. */
function describe({ zodSchema, jsonSchema }: Described): void {
  const description = z.globalRegistry.get(zodSchema as z.ZodType)?.description;
  if (description !== undefined) jsonSchema.description = description;
}

interface Described {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: { description?: string };
}

/** The same shapes as request bodies: no route takes one. */
function withoutInputs(document: ReturnType<SwaggerTransformObject>) {
  const components = (document as { components?: { schemas?: Record<string, unknown> } })
    .components;
  for (const name of Object.keys(components?.schemas ?? {})) {
    if (name.endsWith('Input')) delete components?.schemas?.[name];
  }
  return document;
}

const refusal = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Every route may refuse with a problem document, and says what it takes to be let in. */
function withRefusals<T>(document: T, routes: readonly DeclaredRoute[]): T {
  const { paths = {} } = document as { paths?: Record<string, Record<string, Answering>> };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const url = path.replace(/\{(\w+)\}/g, ':$1');
      const route = routes.find((one) => one.url === url && one.method === method.toUpperCase());
      for (const status of Object.keys(operation.responses)) {
        if (Number(status) >= 400) delete operation.responses[status];
      }
      operation.responses.default = refusal;
      if (route?.access !== 'public') operation.security = [{ token: [] }, { session: [] }];
    }
  }
  return document;
}

interface Answering {
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
}

/** The OpenAPI document, and a page that lists the routes. */
export function docsRoutes(app: Api): void {
  app.get(
    '/api/openapi.json',
    { config: { access: 'public' }, schema: { hide: true } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8');
      return JSON.stringify(app.swagger());
    },
  );
  app.get(
    '/api/docs',
    { config: { access: 'public' }, schema: { hide: true } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
      return page((app.swagger().paths ?? {}) as Record<string, Record<string, Operation>>);
    },
  );
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** What stands between backticks is code. */
const marked = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');

function page(paths: Record<string, Record<string, Operation>>): string {
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]) => `<section>
<h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2>
<p>${marked(`${operation.summary ?? ''}. ${operation.description ?? ''}`)}</p>
${parameterTable(operation)}</section>`,
    ),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tonearm API</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 2rem 0 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .25rem .75rem .25rem 0; vertical-align: top; }
td:first-child { width: 9rem; }
</style>
<p><a href="/">Tonearm</a></p>
<h1>Tonearm API</h1>
<p>The full description is <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>
${routes.join('\n')}
</html>
`;
}

function parameterTable({ parameters = [] }: Operation): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, required, description, schema }) => {
    const values = (schema?.enum as string[] | undefined)?.join(', ');
    const standard = schema?.default;
    const notes = [
      description ?? (schema?.description as string | undefined),
      values && `One of ${values}.`,
      required && standard === undefined ? 'Required.' : undefined,
      standard === undefined || standard === '' ? undefined : `Default ${String(standard)}.`,
    ];
    return `<tr><td><code>${escaped(name)}</code></td><td>${marked(notes.filter(Boolean).join(' '))}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>\n`;
}
