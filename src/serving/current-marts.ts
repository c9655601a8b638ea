import type { FastifyBaseLogger } from 'fastify';
import { Marts, type PublishedMarts } from './marts.ts';

const pollMs = 1000;

export interface CurrentMartsOptions {
  /** Reads the pointer; undefined before the first publish. */
  readPointer: () => Promise<PublishedMarts | undefined>;
  logger: Pick<FastifyBaseLogger, 'info' | 'warn'>;
}

/**
 * The version that the pointer names, loaded. A new version is loaded beside the old one and
 * then takes its place; a version that can't be read leaves the old one on screen.
 */
export class CurrentMarts {
  readonly #options: CurrentMartsOptions;
  #marts: Marts | undefined;
  #refreshing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why the newest version is not shown. */
  problem: string | undefined;

  constructor(options: CurrentMartsOptions) {
    this.#options = options;
  }

  get current(): Marts | undefined {
    return this.#marts;
  }

  /** Loads what is published and looks for a newer version every second. */
  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), pollMs);
    this.#timer.unref();
  }

  /** Looks at the pointer now. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { logger, readPointer } = this.#options;
    try {
      const published = await readPointer();
      const isShown = published?.version === this.#marts?.published.version;
      if (published === undefined || (isShown && this.#marts?.broken !== true)) return;
      const loaded = await Marts.load(published);
      const previous = this.#marts;
      this.#marts = loaded;
      previous?.retire();
      this.problem = undefined;
      logger.info({ version: published.version }, 'New marts are shown.');
    } catch (error) {
      const problem = (error as Error).message;
      if (problem !== this.problem) logger.warn({ err: error }, 'The marts cannot be read.');
      this.problem = problem;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing;
    this.#marts?.retire();
    this.#marts = undefined;
  }
}
