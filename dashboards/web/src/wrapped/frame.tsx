import type { ReactNode } from 'react';
import { fitLines } from './fit-text.ts';

export const width = 1080;
export const height = 1350;
export const margin = 84;
export const inner = width - 2 * margin;

/** Ground, light, ink and accent of each card. */
export const palettes = {
  night: ['#14213d', '#24407a', '#fdf6e3', '#fca311'],
  plum: ['#3b0f3f', '#7a1f6b', '#fff0f6', '#ffb3d1'],
  forest: ['#0b3d2e', '#14664b', '#f1fff8', '#ffd166'],
  rust: ['#6a2c16', '#a8481f', '#fff6ee', '#ffd8a8'],
  sea: ['#06384a', '#0b6480', '#effbff', '#8be9ff'],
  ink: ['#1d1d2b', '#3a3a5c', '#f6f5ff', '#c9b6ff'],
} as const;
export type Palette = keyof typeof palettes;

/** Grooves of a record: where Tonearm has its name from. */
function Grooves({
  x,
  y,
  radius,
  stroke,
}: {
  x: number;
  y: number;
  radius: number;
  stroke: string;
}) {
  return (
    <g fill="none" stroke={stroke} strokeWidth="2" opacity="0.22">
      {Array.from({ length: 16 }, (_, ring) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rings have no other name
        <circle key={ring} cx={x} cy={y} r={radius * (0.3 + ring * 0.047)} />
      ))}
      <circle cx={x} cy={y} r={radius * 0.12} strokeWidth="10" />
    </g>
  );
}

/** A card: its ground, whose it is, and of when. */
export function Frame(props: {
  id: string;
  palette: Palette;
  period: string;
  user: string;
  children: ReactNode;
  grooves?: [number, number, number];
}) {
  const [ground, light, ink, accent] = palettes[props.palette];
  const [x, y, radius] = props.grooves ?? [980, 120, 560];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      fill={ink}
      fontFamily={'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'}
      aria-hidden="true"
    >
      <defs>
        <linearGradient id={`ground-${props.id}`} x1="0" y1="0" x2="0.7" y2="1">
          <stop offset="0" stopColor={light} />
          <stop offset="1" stopColor={ground} />
        </linearGradient>
      </defs>
      <rect width={width} height={height} fill={`url(#ground-${props.id})`} />
      <Grooves x={x} y={y} radius={radius} stroke={accent} />
      {props.children}
      <text x={margin} y={height - 66} fontSize="30" fontWeight="600" opacity="0.85">
        {fitLines(props.user, 520, 30)[0]} · {props.period}
      </text>
      <text
        x={width - margin}
        y={height - 66}
        fontSize="30"
        fontWeight="700"
        textAnchor="end"
        fill={accent}
      >
        tonearm
      </text>
    </svg>
  );
}

/** The line at the top. */
export function Kicker({ children, palette }: { children: string; palette: Palette }) {
  return (
    <text
      x={margin}
      y="150"
      fontSize="38"
      fontWeight="650"
      letterSpacing="1"
      fill={palettes[palette][3]}
    >
      {children}
    </text>
  );
}

/** A number or a name that fills the card. */
export function Big({
  text,
  y,
  size = 150,
  lines = 1,
}: {
  text: string;
  y: number;
  size?: number;
  lines?: number;
}) {
  return (
    <>
      {fitLines(text, inner, size, lines, 800).map((line, index) => (
        <text
          key={line}
          x={margin}
          y={y + index * size * 1.06}
          fontSize={size}
          fontWeight="800"
          letterSpacing="-2"
        >
          {line}
        </text>
      ))}
    </>
  );
}

/** A sentence. */
export function Small({
  text,
  y,
  size = 40,
  lines = 3,
}: {
  text: string;
  y: number;
  size?: number;
  lines?: number;
}) {
  return (
    <>
      {fitLines(text, inner, size, lines, 400).map((line, index) => (
        <text key={line} x={margin} y={y + index * size * 1.35} fontSize={size} opacity="0.92">
          {line}
        </text>
      ))}
    </>
  );
}
