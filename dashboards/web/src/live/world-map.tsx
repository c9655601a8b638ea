import { geoEqualEarth, geoPath } from 'd3-geo';
import { iso31661Alpha2ToNumeric } from 'iso-3166/1-a2-to-1-n.js';
import { memo } from 'react';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json';
import { percent } from '../format.ts';
import { countryName } from './country-name.ts';

const width = 640;
const height = 300;
const antarctica = '010';

const shapes = () => {
  const topology = atlas as unknown as Topology<{ countries: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.countries);
  const shown = features.filter(({ id }) => id !== antarctica);
  const projection = geoEqualEarth().fitSize([width, height], {
    type: 'FeatureCollection',
    features: shown,
  });
  const path = geoPath(projection).digits(1);
  return shown.map((one, index) => ({ key: index, id: String(one.id), line: path(one) ?? '' }));
};
const countries = shapes();

/** Where listeners are: the stronger the colour, the more of them. Loaded after the page: it brings the world along. */
export default memo(
  function WorldMap({ counts }: { counts: readonly { country: string; listeners: number }[] }) {
    const most = Math.max(...counts.map(({ listeners }) => listeners), 1);
    const total = counts.reduce((sum, { listeners }) => sum + listeners, 0);
    const byNumber = new Map(counts.map((one) => [iso31661Alpha2ToNumeric[one.country], one]));
    const leaders = counts
      .slice(0, 3)
      .map((one) => `${countryName(one.country)} ${percent(one.listeners / total)}`);
    return (
      <svg
        className="world"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`World map of listeners: ${leaders.join(', ')}.`}
      >
        {countries.map(({ key, id, line }) => {
          const one = byNumber.get(id);
          // The eye compares areas and shades by their root: small countries stay visible.
          const strength = one ? 0.18 + 0.82 * Math.sqrt(one.listeners / most) : 0;
          return (
            <path key={key} d={line} style={{ '--strength': strength } as React.CSSProperties}>
              {one && <title>{`${countryName(one.country)}: ${one.listeners}`}</title>}
            </path>
          );
        })}
      </svg>
    );
  },
  (before, after) => signature(before.counts) === signature(after.counts),
);

const signature = (counts: readonly { country: string; listeners: number }[]): string =>
  counts.map(({ country, listeners }) => `${country}${listeners}`).join();
