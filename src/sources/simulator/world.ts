import type { Catalogue } from './catalogue/catalogue.ts';
import { DailyRhythm } from './daily-rhythm.ts';
import { Delivery } from './delivery.ts';
import { EventWriter } from './event-writer.ts';
import type { Faults } from './faults.ts';
import { Likes } from './likes.ts';
import { Listeners } from './listeners.ts';
import type { SimulationOutput } from './output.ts';
import { Playbacks } from './playback.ts';
import { Player } from './player.ts';
import { Random } from './random.ts';
import { Taste } from './taste.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly faults?: Faults;
  readonly events?: number;
  readonly withTopic?: boolean;
}

export type World = ReturnType<typeof makeWorld>;

/** All that a simulation consists of. Each part draws from a random stream of its own. */
export function makeWorld(
  options: WorldOptions,
  output: SimulationOutput,
  catalogue: Catalogue,
  users: number,
  until: number,
) {
  const { seed, faults = {}, events, withTopic = false } = options;
  const listeners = new Listeners(users, seed, catalogue);
  const playbacks = new Playbacks(users);
  const writer = new EventWriter(catalogue, listeners, playbacks, withTopic);
  const delivery = new Delivery(output, {
    faults,
    events,
    until,
    random: new Random(seed, 'faults'),
  });
  const random = new Random(seed, 'listening');
  const taste = new Taste(listeners, catalogue);
  const likes = new Likes(catalogue.tracks.length);
  const parts = { listeners, playbacks, catalogue, taste, likes, random, writer, delivery };
  return { ...parts, player: new Player(parts), rhythm: new DailyRhythm(listeners, seed) };
}
