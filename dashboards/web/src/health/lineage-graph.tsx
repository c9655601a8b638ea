import dagre from '@dagrejs/dagre';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Lineage, LineageNode } from '../api.ts';
import { ago, short } from '../format.ts';

const box = { width: 156, height: 42 };

interface Placed {
  readonly node: LineageNode;
  readonly x: number;
  readonly y: number;
}

/** Places of the nodes and lines of the edges, from left to right. */
function layOut({ nodes, edges }: Lineage) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: 'LR',
    ranker: 'tight-tree',
    nodesep: 8,
    edgesep: 2,
    ranksep: 30,
    marginx: 6,
    marginy: 6,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...box });
  for (const { from, to } of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const placed: Placed[] = nodes.map((node) => {
    const { x, y } = graph.node(node.id) as { x: number; y: number };
    return { node, x: x - box.width / 2, y: y - box.height / 2 };
  });
  const lines = edges.map(({ from, to }) => {
    const { points } = graph.edge(from, to) as { points: { x: number; y: number }[] };
    return { from, to, line: curve(points) };
  });
  const { width = 0, height = 0 } = graph.graph();
  return { placed, lines, width, height };
}

/** A line through points, bent halfway between each two. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let { x, y } = first;
  const parts = [`M${x},${y}`];
  for (const point of rest) {
    const middle = (x + point.x) / 2;
    parts.push(`C${middle},${y} ${middle},${point.y} ${point.x},${point.y}`);
    ({ x, y } = point);
  }
  return parts.join('');
}

/** Everything that can be reached from a node, against or along the edges. */
function reach(id: string, edges: Lineage['edges'], against: boolean): Set<string> {
  const found = new Set([id]);
  for (const one of found) {
    for (const { from, to } of edges) {
      if (against && to === one) found.add(from);
      if (!against && from === one) found.add(to);
    }
  }
  return found;
}

export default function LineageGraph({ lineage }: { lineage: Lineage }) {
  const { nodes, edges } = lineage;
  // Counts change with each build; the shape hardly ever does.
  const shape = `${nodes.map(({ id }) => id)}|${edges.map(({ from, to }) => from + to)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: laid out anew when its shape changes
  const { placed, lines, width, height } = useMemo(() => layOut(lineage), [shape]);
  const [chosen, choose] = useState<string>();
  const node = nodes.find(({ id }) => id === chosen);
  const near = useMemo(
    () =>
      chosen === undefined
        ? undefined
        : new Set([...reach(chosen, edges, true), ...reach(chosen, edges, false)]),
    [chosen, edges],
  );
  const canvas = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = canvas.current!;
    const first = placed.filter(({ x }) => x < box.width).map(({ y }) => y + box.height / 2);
    const middle = (Math.min(...first) + Math.max(...first)) / 2;
    element.scrollTo({ left: 0, top: middle - element.clientHeight / 2 });
  }, [placed]);
  const isNear = (id: string) => near === undefined || near.has(id);
  return (
    <div className="lineage">
      <section
        ref={canvas}
        className="canvas"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Graph of the models, from left to right"
      >
        <div style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            {lines.map(({ from, to, line }) => (
              <path
                key={`${from} ${to}`}
                d={line}
                className={isNear(from) && isNear(to) ? '' : 'far'}
              />
            ))}
          </svg>
          {placed.map(({ node: { id }, x, y }) => {
            const now = nodes.find((one) => one.id === id);
            return (
              now && (
                <button
                  key={id}
                  type="button"
                  className={`${now.layer} ${isNear(id) ? '' : 'far'} ${trouble(now)}`}
                  style={{ left: x, top: y, ...box }}
                  aria-pressed={id === chosen}
                  onClick={() => choose(id === chosen ? undefined : id)}
                >
                  <b>{id.slice(id.indexOf('.') + 1)}</b>
                  <small>
                    {trouble(now) === '' ? '' : '✕ '}
                    {now.rows === null ? now.layer : `${now.layer} · ${short(now.rows)} rows`}
                  </small>
                </button>
              )
            );
          })}
        </div>
      </section>
      {node && <About node={node} edges={edges} />}
    </div>
  );
}

const trouble = ({ status, tests }: LineageNode): string =>
  status === 'error' || tests.failed > 0 ? 'failing' : '';

function About({ node, edges }: { node: LineageNode; edges: Lineage['edges'] }) {
  const from = edges.filter(({ to }) => to === node.id).map((edge) => edge.from);
  const to = edges.filter((edge) => edge.from === node.id).map((edge) => edge.to);
  return (
    <div className="about" role="status">
      <h3>{node.id}</h3>
      <p>{node.description}</p>
      {node.grain !== '' && <p className="note">One row: {node.grain}</p>}
      <dl>
        <dt>Made from</dt>
        <dd>{from.join(', ') || 'nothing here'}</dd>
        <dt>Used by</dt>
        <dd>{to.join(', ') || 'nothing here'}</dd>
        {node.built_at !== null && (
          <>
            <dt>Built</dt>
            <dd>
              {ago(node.built_at)}
              {node.seconds !== null && ` in ${node.seconds.toFixed(1)} s`}
            </dd>
          </>
        )}
        <dt>Tests</dt>
        <dd>
          {node.tests.passed} passed, {node.tests.failed} failed, {node.tests.warned} warned
        </dd>
      </dl>
      {node.columns.length > 0 && (
        <details>
          <summary>{node.columns.length} columns</summary>
          <ul>
            {node.columns.map((column) => (
              <li key={column.name}>
                <code>{column.name}</code> {column.description}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
