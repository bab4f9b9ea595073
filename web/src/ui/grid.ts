// Where the tiles of the stage go. Pure arithmetic; the stage hands in its own size.

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const WIDEST = 16 / 9;
/** A row with room left lets its tiles grow taller, never beyond this: a picture keeps 3/4 of its width. */
const TALLEST_ON_LANDSCAPE = 4 / 3;
/** An upright stage (a phone) may show upright tiles: the person is in the middle of the picture. */
const TALLEST_ON_PORTRAIT = 3 / 4;
/** Among layouts whose tiles are as good as equal, the one with the fewest holes looks calmest. */
export const NEARLY_BEST = 0.95;

export function tileIn(
  columns: number,
  count: number,
  width: number,
  height: number,
  gap: number,
): Grid {
  const rows = Math.ceil(count / columns);
  const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
  const cellHeight = Math.max(0, (height - gap * (rows - 1)) / rows);
  const tallest = height > width ? TALLEST_ON_PORTRAIT : TALLEST_ON_LANDSCAPE;
  return {
    columns,
    rows,
    tileWidth: Math.floor(Math.min(cellWidth, cellHeight * WIDEST)),
    tileHeight: Math.floor(Math.min(cellHeight, cellWidth / tallest)),
  };
}

export const tileArea = (grid: Grid): number => grid.tileWidth * grid.tileHeight;

const holes = (grid: Grid, count: number): number => grid.columns * grid.rows - count;

export function layoutGrid(count: number, width: number, height: number, gap: number): Grid {
  const all: Grid[] = [];
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    all.push(tileIn(columns, Math.max(1, count), width, height, gap));
  }
  const best = Math.max(...all.map(tileArea));
  const good = all.filter((grid) => tileArea(grid) >= best * NEARLY_BEST);
  return good.reduce((a, b) => {
    const fewer = holes(b, count) - holes(a, count);
    return fewer < 0 || (fewer === 0 && tileArea(b) > tileArea(a)) ? b : a;
  });
}
