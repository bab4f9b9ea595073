/* global document */
// What the eye of a designer would find on a page. Runs in the page, so it imports nothing.

/** @returns what is wrong: sideways scroll, cut words, targets that are too small */
export function look({ width, target: least }) {
  const found = [];
  const say = (what, element) =>
    found.push(
      `${what}: ${element.className || element.localName} "${element.textContent.slice(0, 40)}"`,
    );
  const root = document.documentElement;
  // A phone zooms out over what is too wide, so its own idea of its width is not asked.
  const room = Math.min(width, root.clientWidth);
  if (root.scrollWidth > room) found.push(`sideways scroll: ${root.scrollWidth} > ${room}`);
  const modal = document.querySelector('dialog[open]');
  const scope = modal ?? document.body;
  if (modal !== null && modal.scrollWidth > modal.clientWidth) say('sideways scroll', modal);
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.closest('.hidden') === null;
  };
  for (const element of scope.querySelectorAll('button, a, h1, h2, label, p, dt, dd')) {
    if (!shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.left < -1 || box.right > room + 1) say('outside of the window', element);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      say('cut words', element);
  }
  for (const tile of scope.querySelectorAll('.tile-alone, .preview')) {
    if (tile.scrollHeight > tile.clientHeight + 1) say('cut below', tile);
  }
  for (const element of scope.querySelectorAll(
    'button, a[href], select, summary, input:not([type="checkbox"], [type="radio"])',
  )) {
    if (!shown(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.height < least - 0.5 || box.width < least - 0.5) {
      say(`target of ${Math.round(box.width)} x ${Math.round(box.height)}`, element);
    }
  }
  return found;
}
