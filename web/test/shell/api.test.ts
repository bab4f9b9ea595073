import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadDirectoryNotice, loadIssuers, loadPapers, postMeeting } from '../../src/shell/api';

const MEETING = 'AAECAwQFBgcICQoLDA0ODw';
const POLICY = Uint8Array.of(1, 2, 3);

function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })));
}

afterEach(() => vi.unstubAllGlobals());

describe('making a meeting', () => {
  it('tells the server the policy, and nothing else', async () => {
    const asked = vi.fn(() =>
      Promise.resolve(new Response(`{"meeting":"${MEETING}"}`, { status: 201 })),
    );
    vi.stubGlobal('fetch', asked);
    expect(await postMeeting(POLICY)).toEqual({ meeting: MEETING });
    expect(asked).toHaveBeenCalledWith(
      '/api/v1/meetings',
      expect.objectContaining({ method: 'POST', body: '{"policy":"AQID"}' }),
    );
  });

  it.each([
    [503, { code: 'server_full' }, 'server-full'],
    [503, { code: 'busy' }, 'busy'],
    [429, null, 'busy'],
    [400, { code: 'bad_policy' }, 'internal'],
    [409, { code: 'exists' }, 'internal'],
    [500, 'no JSON of ours', 'internal'],
    [201, { meeting: 'short' }, 'internal'],
    [200, { meeting: MEETING }, 'internal'],
  ])('fails on %i %j with %s', async (status, body, failure) => {
    answer(status, body);
    expect(await postMeeting(POLICY)).toEqual({ failure });
  });

  it('fails without a network', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    expect(await postMeeting(POLICY)).toEqual({ failure: 'server-unreachable' });
  });
});

describe('the papers of the node', () => {
  const papers = {
    node_cert: 'a',
    node_cert_proof: 'b',
    node_set: 'c',
    node_set_proof: 'd',
    operator_keys: ['e', 'f'],
    log_policy: 'g',
  };

  it('are what the server shows', async () => {
    answer(200, papers);
    const [a, b, c, d, e, f, g] = Array.from('abcdefg', (text) => new TextEncoder().encode(text));
    expect(await loadPapers()).toEqual({
      nodeCert: a,
      nodeCertProof: b,
      nodeSet: c,
      nodeSetProof: d,
      operatorKeys: [e, f],
      logPolicy: g,
    });
  });

  it.each([
    [404, { code: 'not_certified' }, null],
    [200, 'no JSON of ours', null],
    [200, { ...papers, node_set: 5 }, null],
    [200, { ...papers, more: 'x' }, null],
    [200, { ...papers, operator_keys: [1] }, null],
    [200, { ...papers, log_policy: undefined }, null],
    [503, { code: 'busy' }, 'busy'],
    [429, null, 'busy'],
  ])('on %i %j: %j', async (status, body, expected) => {
    answer(status, body);
    expect(await loadPapers()).toBe(expected);
  });

  it('cannot be asked for without a network', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    expect(await loadPapers()).toBe('server-unreachable');
  });
});

describe('the issuers', () => {
  const issuer = { issuer: 'https://id.example.org', audience: 'in-camera', name: 'Example' };

  it('are those that the server lists', async () => {
    answer(200, { issuers: [issuer, { issuer: 'https://half.example.org' }] });
    expect(await loadIssuers()).toEqual([issuer]);
  });

  it.each([
    [200, { issuers: 'none' }],
    [200, null],
    [404, { issuers: [issuer] }],
  ])('are none on %i %j', async (status, body) => {
    answer(status, body);
    expect(await loadIssuers()).toEqual([]);
  });

  it('are none without a network', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    expect(await loadIssuers()).toEqual([]);
  });
});

describe('where the directory is', () => {
  const nats = { kept: 'nats', cluster: 'example', tags: ['country:de'] };

  it('is told as the operator says it', async () => {
    answer(200, nats);
    expect(await loadDirectoryNotice()).toEqual({ cluster: 'example', tags: ['country:de'] });
    answer(200, { kept: 'node' });
    expect(await loadDirectoryNotice()).toEqual({ cluster: null, tags: [] });
  });

  it.each([
    [404, nats],
    [200, null],
    [200, { kept: 'elsewhere' }],
    [200, { kept: 'node', cluster: 'example' }],
    [200, { ...nats, tags: undefined }],
    [200, { ...nats, tags: ['country:de', 5] }],
    [200, { ...nats, tags: Array.from({ length: 9 }, () => 'a') }],
    [200, { ...nats, cluster: 'in Germany, and checked' }],
    [200, { ...nats, cluster: 'a'.repeat(64) }],
    [200, { ...nats, more: 1 }],
  ])('is not told on %i %j', async (status, body) => {
    answer(status, body);
    expect(await loadDirectoryNotice()).toBeNull();
  });
});
