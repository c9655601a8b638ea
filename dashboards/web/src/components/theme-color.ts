/**
 * A colour of the theme as it is at this moment, for what is drawn on a canvas: `rgb(…)`.
 * @param name of the custom property, without the dashes.
 * @param opacity 0 to 1.
 */
export function themeColor(name: string, opacity = 1): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return opacity === 1 ? color : color.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}
