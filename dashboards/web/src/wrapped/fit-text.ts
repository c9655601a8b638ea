const family = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
let context: CanvasRenderingContext2D | undefined;

function widthOf(text: string, size: number, weight: number): number {
  context ??= document.createElement('canvas').getContext('2d')!;
  context.font = `${weight} ${size}px ${family}`;
  return context.measureText(text).width;
}

/** Lines of a text that fit a width; what does not fit the last one ends with an ellipsis. */
export function fitLines(
  text: string,
  width: number,
  size: number,
  lines = 1,
  weight = 700,
): string[] {
  const result: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || widthOf(longer, size, weight) <= width) line = longer;
    else {
      result.push(line);
      line = word;
    }
  }
  result.push(line);
  const kept = result.slice(0, lines);
  if (result.length > lines) kept[lines - 1] = result.slice(lines - 1).join(' ');
  return kept.map((one) => shorten(one, width, size, weight));
}

function shorten(text: string, width: number, size: number, weight: number): string {
  if (widthOf(text, size, weight) <= width) return text;
  let letters = [...text];
  while (letters.length > 1 && widthOf(`${letters.join('')}…`, size, weight) > width) {
    letters = letters.slice(0, -1);
  }
  return `${letters.join('').trimEnd()}…`;
}
