import type { Random } from '../random.ts';

const words = (text: string): readonly string[] => text.split(' ');

const adjectives = words(
  'Amber Ancient Arctic Blind Blue Borrowed Brave Broken Burning Careful Clever Cold Common Crooked Curious Distant Double Electric Empty Endless Fading Faithful Familiar Final Foreign Fragile Gentle Golden Grand Half Hidden Hollow Honest Idle Late Little Lonely Lost Loud Lucky Midnight Modern Narrow Northern Odd Open Painted Paper Patient Perfect Plastic Polite Private Quiet Red Restless Sacred Second Secret Silent Silver Simple Sleeping Slow Small Southern Spare Strange Sudden Sunday Tender Velvet Violet Wandering Warm Weather White Wild Winter Wooden Young',
);
const nouns = words(
  'Airport Anchor Animal Answer Arrow Avenue Balcony Bell Bird Border Bottle Bridge Cabin Camera Candle Canyon Castle Channel Circus City Coast Compass Corner Country Cousin Crown Dancer Daughter Diary Doctor Door Driver Engine Evening Factory Feather Field Fire Flower Forest Fountain Garden Ghost Glass Harbour Heart Highway Horizon Hotel Hour House Island Kitchen Ladder Lantern Letter Library Lighthouse Machine Market Mirror Monument Morning Mountain Museum Neighbour Ocean Orchard Palace Parade Pilot Planet Postcard Prairie Radio Railway River Road Room Satellite Season Shadow Signal Sister Station Stone Storm Stranger Street Summer Teacher Theatre Thunder Tower Traffic Valley Village Violin Voice Water Whisper Window Wolf',
);
const firstNames = words(
  'Ada Aino Akira Alba Amara Amina Anders Anouk Arjun Aurora Bashir Beatriz Bruno Camila Carmen Chidi Clara Dalia Daniel Dmitri Elena Elif Emeka Emil Esther Farah Felix Freya Gabriel Hana Hugo Imani Ines Ivan Jonas Jun Kaito Karim Katja Kwame Laila Lars Leila Linh Lucia Luka Maeve Malik Marta Mateo Mei Milan Mira Nadia Naoko Nils Noor Oksana Omar Paloma Priya Rafael Rosa Samir Sanna Sofia Tariq Tomas Valentina Viktor Wanjiru Yara Yuki Zofia',
);
const lastNames = words(
  'Abara Adler Almeida Andersson Aziz Bakker Baptiste Becker Bell Berg Bianchi Blum Carvalho Castro Chen Cole Costa Dahl Dias Doyle Duarte Eriksen Fischer Flores Fontaine Garcia Haddad Hart Hayashi Holm Ibrahim Ito Jansen Kaya Keller Khan Kim Kovac Kowalski Kumar Lane Larsen Laurent Lindqvist Lopez Malik Marin Mendes Mensah Moreau Mori Nakamura Navarro Nguyen Novak Nwosu Okafor Olsen Osei Park Patel Pereira Petrov Quinn Rahman Rao Reyes Ricci Rossi Sato Schmidt Silva Singh Soto Suzuki Tanaka Torres Vance Vega Virtanen Weber Wong Yilmaz Zeller',
);

/** A made-up artist's name that `taken` does not hold yet; it is added. */
export function artistName(random: Random, taken: Set<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    let name = artistPatterns[random.below(artistPatterns.length)]!(random);
    // Once most combinations are used up, a number makes the next ones.
    if (attempt > 8) name += ` ${2 + random.below(attempt * 100)}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

const artistPatterns: readonly ((random: Random) => string)[] = [
  (random) => `${random.pick(firstNames)} ${random.pick(lastNames)}`,
  (random) => `${random.pick(firstNames)} ${random.pick(lastNames)}`,
  (random) => `The ${random.pick(adjectives)} ${random.pick(nouns)}s`,
  (random) => `${random.pick(adjectives)} ${random.pick(nouns)}`,
  (random) => `${random.pick(nouns)} & ${random.pick(nouns)}`,
  (random) => `${random.pick(firstNames)} and the ${random.pick(nouns)}s`,
];

const titlePatterns: readonly ((random: Random) => string)[] = [
  (random) => `${random.pick(adjectives)} ${random.pick(nouns)}`,
  (random) => `${random.pick(nouns)} in the ${random.pick(nouns)}`,
  (random) => `The ${random.pick(nouns)}'s ${random.pick(nouns)}`,
  (random) => `${random.pick(nouns)} of ${random.pick(firstNames)}`,
  (random) => `No More ${random.pick(nouns)}s`,
  (random) => `${random.pick(adjectives)}, ${random.pick(adjectives)}`,
  (random) => random.pick(nouns),
  (random) => `Letter to ${random.pick(firstNames)}`,
];

/** A made-up title of a track or an album. */
export function title(random: Random): string {
  return titlePatterns[random.below(titlePatterns.length)]!(random);
}
