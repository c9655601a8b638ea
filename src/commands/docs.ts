import { lockPipeline } from '../pipeline-lock.ts';
import { makeModelDocs, modelDocsPath } from '../warehouse/index.ts';
import type { CommandContext, CommandResult } from './context.ts';
import { requirePython } from './run.ts';

/** `tonearm docs`: dbt's pages about the models, which the server shows at `/docs/models`. */
export async function docs(
  context: CommandContext,
  options: { wait: number },
): Promise<CommandResult> {
  const { config, signal } = context;
  requirePython(context.say);
  const holder = `process ${process.pid}, which makes the pages of the models`;
  const lock = await lockPipeline(config, holder, { waitMs: options.wait * 1000, signal });
  try {
    const bytes = await makeModelDocs(config, signal);
    if (bytes === undefined) {
      // The first daily run of a new installation may come before its first build: that is no failure.
      return {
        result: { path: null },
        text: 'Nothing has been built yet: ./tonearm run builds the models.',
        exitCode: 99,
      };
    }
    const path = modelDocsPath(config);
    return {
      result: { path, bytes },
      text: `Written: ${path}. ./tonearm serve shows it at /docs/models.`,
    };
  } finally {
    lock.release();
  }
}
