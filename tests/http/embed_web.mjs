// scripts/embed_web.mjs: what it writes is what was built, and the same again for the same files.
//
//   node --test tests/http/embed_web.mjs
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const script = fileURLToPath(new URL('../../scripts/embed_web.mjs', import.meta.url));
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'embed_web.'));
});
after(() => rmSync(folder, { recursive: true }));

function embed(dist, out) {
  return spawnSync(process.execPath, [script, dist, out], { encoding: 'utf8' });
}

/** Make a folder with these files, embed it, and read the C source back. */
function embedded(name, files) {
  const dist = join(folder, name);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), bytes);
  }
  const out = join(folder, `${name}.c`);
  const run = embed(dist, out);
  assert.equal(run.status, 0, run.stderr);
  return parse(readFileSync(out, 'latin1'));
}

const unescape = (literals) =>
  Buffer.from(
    [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
      .map(([, text]) =>
        text.replace(/\\([0-7]{3}|.)/g, (_, code) =>
          code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : code === 'n' ? '\n' : code,
        ),
      )
      .join(''),
    'latin1',
  );

function parse(source) {
  const arrays = new Map(
    [...source.matchAll(/^static const uint8_t (\w+)\[\] =\n((?:".*"\n?)+);$/gm)].map(
      ([, name, literals]) => [name, unescape(literals)],
    ),
  );
  const entries = [...source.matchAll(/\{\.path = [^}]*\}/g)].map(([text]) => {
    const field = (name) => new RegExp(`\\.${name} = ([^,}]+)`).exec(text)[1];
    const array = (name) => {
      const bytes = arrays.get(field(name));
      assert.equal(bytes?.length ?? 0, Number(field(`${name}_len`)));
      return bytes;
    };
    return {
      path: unescape(field('path')).toString(),
      type: unescape(field('content_type')).toString(),
      etag: unescape(/\.etag = (".*"),/.exec(text)[1]).toString(),
      isImmutable: field('is_immutable') === 'true',
      plain: array('plain'),
      gzip: array('gzip'),
      brotli: array('brotli'),
    };
  });
  assert.equal(Number(/ic_web_asset_count = (\d+);/.exec(source)[1]), entries.length);
  return entries;
}

const allBytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const page = '<!doctype html>\n"quoted" \\ back?? trigraph ??= 12\x007 \u00e4\u20ac\n'.repeat(20);

test('every byte comes back, compressed where that helps', () => {
  const entries = embedded('whole', {
    'index.html': page,
    'assets/app-DxY_ab12.js': 'let a = 1;\n'.repeat(1000),
    'assets/data-00000000.wasm': allBytes,
    'assets/far.worker-DxY_ab12.js': 'let b = 1;\n',
    'icon.svg': '<svg/>',
  });
  assert.deepEqual(
    entries.map(({ path, type, isImmutable }) => [path, type, isImmutable]),
    [
      ['/assets/app-DxY_ab12.js', 'text/javascript; charset=utf-8', true],
      ['/assets/data-00000000.wasm', 'application/wasm', true],
      ['/assets/far.worker-DxY_ab12.js', 'text/javascript; charset=utf-8', false],
      ['/icon.svg', 'image/svg+xml', false],
      ['/index.html', 'text/html; charset=utf-8', false],
    ],
  );
  const [app, data, , icon, index] = entries;
  assert.equal(index.plain.toString(), page);
  assert.deepEqual(data.plain, allBytes);
  for (const { plain, gzip, brotli } of [app, index]) {
    assert.deepEqual(gunzipSync(gzip), plain);
    assert.deepEqual(brotliDecompressSync(brotli), plain);
    assert.ok(brotli.length < plain.length && gzip.length < plain.length);
  }
  assert.equal(icon.gzip, undefined);
  assert.equal(new Set(entries.map(({ etag }) => etag)).size, 5);
  for (const { etag } of entries) assert.match(etag, /^"[A-Za-z0-9_-]{22}"$/);
});

test('the same files give the same source', () => {
  const files = {
    'index.html': page,
    'assets/b-12345678.css': 'b{}',
    'assets/a-12345678.css': 'a{}',
  };
  const first = embedded('first', files);
  const second = embedded('second', Object.fromEntries(Object.entries(files).reverse()));
  assert.deepEqual(first, second);
  assert.equal(
    readFileSync(join(folder, 'first.c'), 'latin1'),
    readFileSync(join(folder, 'second.c'), 'latin1'),
  );
});

test('a client that is not built gives a page that says so', () => {
  mkdirSync(join(folder, 'empty'));
  for (const name of ['empty', 'missing']) {
    const out = join(folder, `${name}.c`);
    assert.equal(embed(join(folder, name), out).status, 0);
    const [index] = parse(readFileSync(out, 'latin1'));
    assert.equal(index.path, '/index.html');
    assert.match(index.plain.toString(), /not built/);
    assert.doesNotMatch(index.plain.toString(), /<script|<style|style=/);
  }
});

test('what cannot be served is refused', () => {
  const cases = [
    [{ 'app.js': 'x' }, /index\.html is missing/],
    [{ 'index.html': 'x', 'what.xyz': 'x' }, /no content type/],
    [{ 'index.html': 'x', 'a b.js': 'x' }, /only letters/],
  ];
  cases.forEach(([files, message], i) => {
    const dist = join(folder, `bad${i}`);
    mkdirSync(dist);
    for (const [path, bytes] of Object.entries(files)) writeFileSync(join(dist, path), bytes);
    const run = embed(dist, join(folder, 'bad.c'));
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, message);
  });
  assert.equal(spawnSync(process.execPath, [script]).status, 2);
});
