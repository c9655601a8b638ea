import { TonearmError } from '../errors.ts';
import { ForgottenListeners } from '../lake/forgotten.ts';
import { openStore } from '../lake/index.ts';
import type { EventLog, Producer } from '../log/index.ts';
import { RefusingProducer } from '../log/refusing-producer.ts';
import type { CommandContext } from './context.ts';

/** Time between two looks at the list, ms; below what an erasure waits for. */
const lookMs = 2500;

/** The list of those who were erased, as it is now. */
export async function openForgotten({
  config,
}: Pick<CommandContext, 'config'>): Promise<ForgottenListeners> {
  return await ForgottenListeners.open(await openStore(config.lake));
}

/**
 * Nobody who was erased comes back without a deliberate act.
 * @param consequence what does not happen, such as `nothing is imported`.
 * @throws TonearmError TNA_LISTENER_FORGOTTEN
 */
export function requireNotForgotten(
  list: ForgottenListeners,
  user: string,
  consequence: string,
): void {
  const since = list.since(user);
  if (since === undefined) return;
  throw new TonearmError(
    'TNA_LISTENER_FORGOTTEN',
    `${user} was erased here on ${since.slice(0, 10)}: ${consequence}.`,
    { remedy: `To let them come back: ./tonearm forget --undo ${user}` },
  );
}

/** A producer that sends nothing of listeners who were erased, also when that happens while it is at work. */
export async function producerForMost(
  context: Pick<CommandContext, 'config'>,
  log: EventLog,
  options: { id?: string; lingerMs?: number } = {},
): Promise<Producer & { readonly refused: number }> {
  const forgotten = await openForgotten(context);
  const timer = setInterval(() => {
    // A look that fails is made up for by the next; the sink leaves out what slips through.
    forgotten.refresh().catch(() => undefined);
  }, lookMs);
  timer.unref();
  const producer = await log.producer(options);
  return new RefusingProducer(
    {
      send: (topic, record) => producer.send(topic, record),
      flush: () => producer.flush(),
      async close() {
        clearInterval(timer);
        await producer.close();
      },
    },
    (key) => forgotten.has(key),
  );
}
