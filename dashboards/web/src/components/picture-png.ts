/** Pictures as PNG files, drawn here: no font or script of elsewhere is needed. */

import { themeColor } from './theme-color.ts';

const font = (size: number, weight = 400): string => `${weight} ${size}px system-ui, sans-serif`;

/** Pixels of a file for each one of the page. */
const pixels = 2;

/** Draws the chart in an element again, so many times as large: what is on the screen is as sharp as that is. */
export const sharpCopies = new WeakMap<Element, (scale: number) => Promise<HTMLCanvasElement>>();

/** Saves the picture inside an element (a chart, an SVG, a list or a table) under a title, with what is said of it. */
export async function savePicture(element: HTMLElement, title: string, file: string) {
  const scale = pixels;
  const margin = 24;
  const width = Math.max(640, element.clientWidth);
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  const picture = await pictureOf(element, width - 2 * margin);
  if (picture === undefined) return;
  context.font = font(13);
  const said = linesOf(
    context,
    element.querySelector('.note')?.textContent ?? '',
    width - 2 * margin,
  );
  const top = 56 + said.length * 18;
  const height = top + picture.height + 40;
  canvas.width = width * scale;
  canvas.height = height * scale;
  context.scale(scale, scale);
  context.fillStyle = themeColor('panel');
  context.fillRect(0, 0, width, height);
  context.fillStyle = themeColor('ink');
  context.font = font(18, 650);
  context.fillText(title, margin, 36);
  context.fillStyle = themeColor('muted');
  context.font = font(13);
  for (const [index, line] of said.entries()) context.fillText(line, margin, 58 + index * 18);
  context.translate(margin, top);
  picture.draw(context);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = themeColor('muted');
  context.font = font(11);
  context.fillText(`Tonearm · ${whose()} · ${freshness()}`, margin, height - 14);
  await saveCanvas(canvas, file);
}

/** Whose listening a page shows, and of when: a picture that is passed on should tell. */
const whose = (): string =>
  [
    document.querySelector('h1')?.textContent,
    document.querySelector<HTMLElement>('[data-period]')?.dataset.period,
  ]
    .filter(Boolean)
    .join(' · ');

/** A text in lines that fit a width. */
function linesOf(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length > 0 && context.measureText(longer).width <= width)
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const minuteOf = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

/** What a page shows of the marts is as old as they are; anything else is of now. */
function freshness(): string {
  const published = document.querySelector<HTMLElement>('[data-as-of]')?.dataset.asOf;
  return published === undefined
    ? `made ${minuteOf(new Date().toISOString())}`
    : `as of ${minuteOf(published)}`;
}

interface Drawing {
  readonly height: number;
  draw(context: CanvasRenderingContext2D): void;
}

async function pictureOf(element: HTMLElement, width: number): Promise<Drawing | undefined> {
  const onScreen = element.querySelector('canvas');
  if (onScreen) {
    const again = sharpCopies.get(onScreen.closest('.chart')!);
    const chart =
      again && devicePixelRatio < pixels ? await again(pixels / devicePixelRatio) : onScreen;
    const height = (chart.height / chart.width) * width;
    const names = [...element.querySelectorAll<HTMLElement>('.u-legend .u-series')].slice(1);
    return {
      height: height + (names.length > 1 ? 26 : 0),
      draw(context) {
        context.drawImage(chart, 0, 0, width, height);
        if (names.length > 1) drawNames(context, names, height + 18);
      },
    };
  }
  const svg = element.querySelector<SVGSVGElement>('svg.picture, figure svg, .plot svg');
  if (svg) {
    const box = svg.getBoundingClientRect();
    const height = (box.height / box.width) * width;
    const image = await imageOf(svg, width * 2, height * 2);
    return { height, draw: (context) => context.drawImage(image, 0, 0, width, height) };
  }
  return page(element, width);
}

/** Which colour is what, side by side. */
function drawNames(context: CanvasRenderingContext2D, names: readonly HTMLElement[], y: number) {
  context.font = font(13);
  let x = 0;
  for (const name of names) {
    const marker = name.querySelector<HTMLElement>('.u-marker');
    const label = name.querySelector('.u-label')?.textContent ?? '';
    context.fillStyle = marker ? getComputedStyle(marker).borderTopColor : themeColor('ink');
    context.fillRect(x, y - 10, 12, 12);
    context.fillStyle = themeColor('ink');
    context.fillText(label, x + 18, y);
    x += context.measureText(label).width + 42;
  }
}

/** Lists and tables: their grounds and texts where the page has them. */
function page(element: HTMLElement, width: number): Drawing | undefined {
  const parts = [...element.querySelectorAll<HTMLElement>('*')].filter(
    (part) => part.closest('header, .panel > .note, .presets, .hidden, button') === null,
  );
  const boxes = parts.map((part) => part.getBoundingClientRect());
  if (parts.length === 0) return undefined;
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const scale = width / Math.max(1, Math.max(...boxes.map((box) => box.right)) - left);
  return {
    height: (Math.max(...boxes.map((box) => box.bottom)) - top) * scale,
    draw(context) {
      context.scale(scale, scale);
      context.translate(-left, -top);
      for (const [index, part] of parts.entries()) {
        const box = boxes[index]!;
        const style = getComputedStyle(part);
        context.fillStyle = style.backgroundColor;
        context.fillRect(box.left, box.top, box.width, box.height);
        context.save();
        const shown = shownOf(part, element, box);
        context.beginPath();
        context.rect(shown.left, box.top, shown.right - shown.left, box.height);
        context.clip();
        context.fillStyle = style.color;
        context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        for (const node of part.childNodes) {
          if (node.nodeType !== Node.TEXT_NODE || node.textContent?.trim() === '') continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          const place = range.getBoundingClientRect();
          const size = Number.parseFloat(style.fontSize);
          context.fillText(
            fitting(context, node.textContent!, shown.right - place.left),
            place.left,
            (place.top + place.bottom + size * 0.7) / 2,
          );
        }
        context.restore();
      }
    },
  };
}

/** From where to where a part can be seen: what an element around it cuts off is not. */
function shownOf(part: HTMLElement, outermost: HTMLElement, box: DOMRect) {
  let { left, right } = box;
  for (let around = part; around !== outermost; around = around.parentElement!) {
    if (getComputedStyle(around).overflowX === 'visible') continue;
    const edges = around.getBoundingClientRect();
    left = Math.max(left, edges.left);
    right = Math.min(right, edges.right);
  }
  return { left, right };
}

/** A text as it is, or its beginning with three dots. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  // What was laid out by the page may measure a hair more here.
  if (context.measureText(text).width <= width + 1) return text;
  let end = text.length;
  while (end > 0 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return end === 0 ? '' : `${text.slice(0, end)}…`;
}

const inlined = [
  'fill',
  'stroke',
  'stroke-width',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
];

/** An SVG of the page as an image: its styles are written into it first. */
export function imageOf(
  svg: SVGSVGElement,
  width: number,
  height: number,
): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll<SVGElement>('*')];
  for (const [index, element] of [copy, ...copy.querySelectorAll<SVGElement>('*')].entries()) {
    const style = getComputedStyle(originals[index]!);
    for (const name of inlined) element.style.setProperty(name, style.getPropertyValue(name));
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const url = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }),
  );
  const image = new Image();
  return new Promise((resolve, reject) => {
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error('The picture could not be drawn.'));
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url)) as Promise<HTMLImageElement>;
}

export const pngOf = (canvas: HTMLCanvasElement): Promise<Blob> =>
  new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('No picture.'))), 'image/png'),
  );

export async function saveCanvas(canvas: HTMLCanvasElement, file: string): Promise<void> {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await pngOf(canvas));
  link.download = `${file}.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}
