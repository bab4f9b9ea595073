// The tiles: as large as they can be, in any shape of window.

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { AppState, Person } from '../../call/model';
import { layoutGrid } from '../grid';
import { useSize } from '../hooks';
import { t } from '../i18n';
import { CopyLink } from '../parts/copy';
import { Door } from '../parts/door';
import { CELLS_MAX, pickCells } from '../people';
import { useSpeaking } from './speaking';
import { Tile } from './tile';

const GAP_WIDE = 12;
const GAP_NARROW = 8;
const NARROW = 600;

export interface StageProps {
  readonly state: AppState;
  readonly people: readonly Person[];
}

export function Stage({ state, people }: StageProps): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const size = useSize(stage);
  const isJoining = state.connection === 'joining' || state.connection === 'idle';
  return (
    <div class="stage" ref={stage}>
      {isJoining ? <Joining /> : <Tiles state={state} people={people} {...size} />}
    </div>
  );
}

function Joining(): JSX.Element {
  return (
    <div class="joining" role="status">
      <Door light="moving" />
      <p class="joining-title">{t('call.joining')}</p>
      <p>{t('call.joining_hint')}</p>
    </div>
  );
}

interface TilesProps extends StageProps {
  readonly width: number;
  readonly height: number;
}

function Tiles({ state, people, width, height }: TilesProps): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const { tiles, hidden } = pickCells(people, CELLS_MAX);
  const isAlone = people.length === 1;
  const cells = tiles.length + (hidden > 0 || isAlone ? 1 : 0);
  const gap = width < NARROW ? GAP_NARROW : GAP_WIDE;
  const grid = layoutGrid(cells, width, height, gap);
  useSpeaking(list, tiles);
  return (
    <ul
      ref={list}
      class="tiles"
      aria-label={t('call.stage')}
      data-columns={grid.columns}
      style={{
        '--tile-width': `${grid.tileWidth}px`,
        '--tile-height': `${grid.tileHeight}px`,
        '--tiles-width': `${grid.columns * grid.tileWidth + (grid.columns - 1) * gap}px`,
        '--tiles-gap': `${gap}px`,
      }}
    >
      {tiles.map((person) => (
        <Tile key={person.id} person={person} />
      ))}
      {hidden > 0 ? <li class="tile tile-rest">{t('tile.more', { count: hidden })}</li> : null}
      {isAlone ? (
        <li class="tile tile-alone">
          <p class="alone-title">{t('call.alone')}</p>
          <p class="alone-text">{t('call.alone_text')}</p>
          <CopyLink state={state} label={t('new.copy')} isPrimary />
        </li>
      ) : null}
    </ul>
  );
}
