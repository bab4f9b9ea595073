// The one live region. Lines are added and fade out of the tree, so that equal ones are said again.

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { AppState } from '../../call/model';
import { announce } from '../announce';
import { t } from '../i18n';

interface Line {
  readonly id: number;
  readonly text: string;
}

const LINES_MAX = 6;
const KEPT_MS = 8000;

export function Announcer({ state }: { readonly state: AppState }): JSX.Element {
  const before = useRef<AppState | null>(null);
  const next = useRef(0);
  const [lines, setLines] = useState<readonly Line[]>([]);

  useEffect(() => {
    const said = announce(before.current, state);
    before.current = state;
    if (said.length === 0) return;
    const added = said.map(({ key, values }) => ({ id: next.current++, text: t(key, values) }));
    setLines((old) => [...old, ...added].slice(-LINES_MAX));
  }, [state]);

  useEffect(() => {
    if (lines.length === 0) return undefined;
    const timer = setTimeout(() => setLines([]), KEPT_MS);
    return () => clearTimeout(timer);
  }, [lines]);

  return (
    <div class="hidden" role="log" aria-live="polite" aria-relevant="additions" data-announcer="">
      {lines.map((line) => (
        <p key={line.id}>{line.text}</p>
      ))}
    </div>
  );
}
