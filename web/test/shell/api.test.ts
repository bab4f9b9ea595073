import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeMeeting } from '../../src/shell/api';

const MEETING = 'AAECAwQFBgcICQoLDA0ODw';

function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })));
}

afterEach(() => vi.unstubAllGlobals());

describe('making a meeting', () => {
  it('asks the server, with nothing to say about the secret', async () => {
    const asked = vi.fn(() =>
      Promise.resolve(new Response(`{"meeting":"${MEETING}"}`, { status: 201 })),
    );
    vi.stubGlobal('fetch', asked);
    expect(await makeMeeting()).toEqual({ meeting: MEETING });
    expect(asked).toHaveBeenCalledWith(
      '/api/v1/meetings',
      expect.objectContaining({ method: 'POST', body: '{}' }),
    );
  });

  it.each([
    [503, { code: 'server_full' }, 'server-full'],
    [503, { code: 'busy' }, 'busy'],
    [429, null, 'busy'],
    [500, 'no JSON of ours', 'internal'],
    [201, { meeting: 'short' }, 'internal'],
    [200, { meeting: MEETING }, 'internal'],
  ])('fails on %i %j with %s', async (status, body, failure) => {
    answer(status, body);
    expect(await makeMeeting()).toEqual({ failure });
  });

  it('fails without a network', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    expect(await makeMeeting()).toEqual({ failure: 'server-unreachable' });
  });
});
