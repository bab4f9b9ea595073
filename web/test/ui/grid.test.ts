import { describe, expect, it } from 'vitest';

import { NEARLY_BEST, layoutGrid, tileArea, tileIn, type Grid } from '../../src/ui/grid';

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const HEIGHT = 700;
const GAP = 12;
/** From a tall phone to three screens side by side. */
const ASPECTS = [0.4, 0.46, 0.56, 0.75, 0.9, 1, 1.1, 4 / 3, 1.6, 16 / 9, 2.1, 2.4, 3.2, 5];

const stages = ASPECTS.flatMap((aspect) => COUNTS.map((count) => ({ aspect, count })));
const holes = (grid: Grid, count: number): number => grid.columns * grid.rows - count;

const GRIDS = stages.map(({ aspect, count }) => {
  const width = Math.round(HEIGHT * aspect);
  return {
    name: `${count} tiles on ${aspect.toFixed(2)} : 1`,
    aspect,
    count,
    width,
    grid: layoutGrid(count, width, HEIGHT, GAP),
    alternatives: COUNTS.filter((columns) => columns <= count).map((columns) =>
      tileIn(columns, count, width, HEIGHT, GAP),
    ),
  };
});

describe('whatever the number of people and the shape of the stage', () => {
  it('everybody has a place', () => {
    for (const { name, grid, count } of GRIDS) {
      expect(grid.columns * grid.rows, name).toBeGreaterThanOrEqual(count);
      expect(grid.columns * (grid.rows - 1), name).toBeLessThan(count);
    }
  });

  it('everything fits', () => {
    for (const { name, grid, width } of GRIDS) {
      const across = grid.columns * grid.tileWidth + (grid.columns - 1) * GAP;
      const down = grid.rows * grid.tileHeight + (grid.rows - 1) * GAP;
      expect(across, name).toBeLessThanOrEqual(width);
      expect(down, name).toBeLessThanOrEqual(HEIGHT);
    }
  });

  it('no other number of columns gives larger tiles', () => {
    for (const { name, grid, alternatives } of GRIDS) {
      const best = Math.max(...alternatives.map(tileArea));
      expect(tileArea(grid), name).toBeGreaterThanOrEqual(best * NEARLY_BEST);
    }
  });

  it('no layout that is as good leaves fewer holes', () => {
    for (const { name, grid, alternatives, count } of GRIDS) {
      const good = alternatives.filter((other) => tileArea(other) >= tileArea(grid));
      const fewest = Math.min(...good.map((other) => holes(other, count)));
      expect(holes(grid, count), name).toBe(fewest);
    }
  });

  it('tiles keep a shape that suits a picture', () => {
    for (const { name, grid, aspect } of GRIDS) {
      const shape = grid.tileWidth / grid.tileHeight;
      expect(shape, name).toBeLessThan(16 / 9 + 0.05);
      expect(shape, name).toBeGreaterThan((aspect < 1 ? 3 / 4 : 4 / 3) - 0.05);
    }
  });
});

describe('the known cases', () => {
  const columnsOf = (count: number, width: number, height: number): number =>
    layoutGrid(count, width, height, GAP).columns;

  it('on a wide screen', () => {
    expect(COUNTS.slice(0, 9).map((count) => columnsOf(count, 1256, 660))).toEqual([
      1, 2, 2, 2, 3, 3, 3, 3, 3,
    ]);
  });

  it('on a phone held upright', () => {
    expect([1, 2, 3, 4, 6, 9].map((count) => columnsOf(count, 344, 600))).toEqual([
      1, 1, 1, 2, 2, 2,
    ]);
  });

  it('before the stage has a size', () => {
    expect(layoutGrid(4, 0, 0, GAP)).toMatchObject({ tileWidth: 0, tileHeight: 0 });
  });
});
