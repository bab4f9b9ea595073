#!/usr/bin/env node
// Write the built web client as a C source: node scripts/embed_web.mjs <dist> <out.c>
//
// Every file of <dist> becomes an entry of ic_web_assets (server/shell/web_assets.h): as it is, by
// brotli and by gzip where that is smaller. The same files give the same source. When <dist> is
// missing or empty, one page is embedded that says so.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const CONTENT_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>In Camera: web client not built</title>
<h1>The web client is not built</h1>
<p>This server runs, but it was compiled without its web client.</p>
<p>Build both with <code>make run</code>, or the client alone with
<code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>; then build the server again.</p>
</html>
`;

/** All files below a folder as paths that begin with '/', sorted by their bytes. */
function walk(root, folder = '') {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const found = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return walk(root, path);
    if (entry.isFile()) return [path];
    throw new Error(`${path}: neither a file nor a folder`);
  });
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function contentType(path) {
  const type = CONTENT_TYPES[extname(path)];
  if (type === undefined) {
    throw new Error(`${path}: no content type for "${extname(path)}"; add it to CONTENT_TYPES`);
  }
  return type;
}

/**
 * Names that the bundler made from the content: cached for ever. Not the script of a worker: whom the
 * worker may ask stands in the header of this answer (connect-src), and is another list some day.
 */
const isHashed = (path) =>
  /^\/assets\/.*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/.test(path) && !/\.worker-[^/]*$/.test(path);

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** One byte inside of a C string literal. Octal escapes have three digits: what follows never counts
 * as part of them. '?' is escaped against trigraphs. */
const LITERALS = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (char === '"' || char === '\\' || char === '?') return `\\${char}`;
  if (char === '\n') return '\\n';
  if (byte >= 0x20 && byte < 0x7f) return char;
  return `\\${byte.toString(8).padStart(3, '0')}`;
});

function cArray(name, bytes) {
  const lines = [];
  let line = '';
  for (const byte of bytes) {
    const text = LITERALS[byte];
    if (line.length + text.length > 96) {
      lines.push(`"${line}"`);
      line = '';
    }
    line += text;
  }
  lines.push(`"${line}"`);
  return `static const uint8_t ${name}[] =\n${lines.join('\n')};\n`;
}

const cString = (text) => `"${[...Buffer.from(text)].map((byte) => LITERALS[byte]).join('')}"`;

function entryOf(path, bytes, index) {
  const arrays = [cArray(`plain_${index}`, bytes)];
  const field = (name, packed) => {
    if (packed.length >= bytes.length) return `.${name} = NULL, .${name}_len = 0`;
    arrays.push(cArray(`${name}_${index}`, packed));
    return `.${name} = ${name}_${index}, .${name}_len = ${packed.length}`;
  };
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const fields = [
    `.path = ${cString(path)}`,
    `.content_type = ${cString(contentType(path))}`,
    `.etag = ${cString(`"${hash}"`)}`,
    `.is_immutable = ${isHashed(path)}`,
    `.plain = plain_${index}, .plain_len = ${bytes.length}`,
    field('gzip', gzipSync(bytes, { level: 9 })),
    field('brotli', brotli(bytes)),
  ];
  return { arrays: arrays.join(''), initializer: `    {${fields.join(',\n     ')}},\n` };
}

function source(files) {
  const entries = files.map(([path, bytes], index) => entryOf(path, bytes, index));
  return [
    '/* Written by scripts/embed_web.mjs. */\n',
    '#include "shell/web_assets.h"\n\n',
    ...entries.map((entry) => entry.arrays),
    '\nconst struct ic_web_asset ic_web_assets[] = {\n',
    ...entries.map((entry) => entry.initializer),
    '};\n',
    `const size_t ic_web_asset_count = ${entries.length};\n`,
  ].join('');
}

function filesOf(dist) {
  const paths = existsSync(dist) ? walk(dist) : [];
  if (paths.length === 0) return [['/index.html', Buffer.from(NOT_BUILT)]];
  const odd = paths.find((path) => !/^[A-Za-z0-9._/-]+$/.test(path));
  if (odd !== undefined) throw new Error(`${odd}: only letters, digits and ._- in names`);
  if (!paths.includes('/index.html')) throw new Error(`${dist}: index.html is missing`);
  return paths.map((path) => [path, readFileSync(join(dist, path))]);
}

const [dist, out] = process.argv.slice(2);
if (dist === undefined || out === undefined) {
  console.error('usage: node scripts/embed_web.mjs <dist> <out.c>');
  process.exit(2);
}
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, source(filesOf(dist)));
