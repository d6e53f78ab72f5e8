'use strict';
/* Verifies a log within the page, with nothing but what is in it: SHA-256 and Merkle tree (RFC 6962), SHA-512 and Ed25519
   (RFC 8032). WebCrypto is not used: not every browser has Ed25519, and none gives it to every file on a disk. */

// ── SHA-2 (FIPS 180-4); its constants are roots of the first primes
const primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every(p => n % p)) primes.push(n);
function root(n, degree) {
  // the largest integer whose power is not more than n
  let low = 0n, high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= n) low = middle; else high = middle;
  }
  return low;
}
const mask64 = (1n << 64n) - 1n;
const k512 = primes.map(p => root(BigInt(p) << 192n, 3n) & mask64);
const h512 = primes.slice(0, 8).map(p => root(BigInt(p) << 128n, 2n) & mask64);
const k256 = Int32Array.from(k512.slice(0, 64), k => Number(k >> 32n));
const h256 = h512.map(h => Number(h >> 32n) | 0);

function padded(message, block) {
  const tail = block / 8;
  const bytes = new Uint8Array(Math.ceil((message.length + 1 + tail) / block) * block);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(bytes.length - 4, (message.length << 3) >>> 0);
  return view;
}

const w256 = new Int32Array(64);
function sha256(message) {
  const view = padded(message, 64);
  const h = Int32Array.from(h256);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 16; i++) w256[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w256[i - 15], b = w256[i - 2];
      const s0 = (a >>> 7 | a << 25) ^ (a >>> 18 | a << 14) ^ a >>> 3;
      const s1 = (b >>> 17 | b << 15) ^ (b >>> 19 | b << 13) ^ b >>> 10;
      w256[i] = w256[i - 16] + s0 + w256[i - 7] + s1 | 0;
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const one = z + s1 + (e & f ^ ~e & g) + k256[i] + w256[i] | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const two = s0 + (a & b ^ a & c ^ b & c) | 0;
      z = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
    }
    [a, b, c, d, e, f, g, z].forEach((word, i) => { h[i] = h[i] + word | 0; });
  }
  const out = new DataView(new ArrayBuffer(32));
  h.forEach((word, i) => out.setInt32(4 * i, word));
  return new Uint8Array(out.buffer);
}

function sha512(message) {
  const view = padded(message, 128);
  const turn = (x, n) => (x >> n | x << 64n - n) & mask64;
  let h = h512.slice();
  for (let at = 0; at < view.byteLength; at += 128) {
    const w = [];
    for (let i = 0; i < 16; i++) w.push(view.getBigUint64(at + 8 * i));
    for (let i = 16; i < 80; i++) {
      const s0 = turn(w[i - 15], 1n) ^ turn(w[i - 15], 8n) ^ w[i - 15] >> 7n;
      const s1 = turn(w[i - 2], 19n) ^ turn(w[i - 2], 61n) ^ w[i - 2] >> 6n;
      w.push(w[i - 16] + s0 + w[i - 7] + s1 & mask64);
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = z + s1 + (e & f ^ ~e & mask64 & g) + k512[i] + w[i] & mask64;
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = s0 + (a & b ^ a & c ^ b & c) & mask64;
      z = g; g = f; f = e; e = d + one & mask64; d = c; c = b; b = a; a = one + two & mask64;
    }
    h = [a, b, c, d, e, f, g, z].map((word, i) => word + h[i] & mask64);
  }
  const out = new DataView(new ArrayBuffer(64));
  h.forEach((word, i) => out.setBigUint64(8 * i, word));
  return new Uint8Array(out.buffer);
}

// ── Ed25519 (RFC 8032 section 5.1)
const p = (1n << 255n) - 19n;
const order = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (a, m = p) => (a % m + m) % m;
function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
    if (exponent & 1n) result = mod(result * base);
  }
  return result;
}
const inverse = a => power(a, p - 2n);
const d = mod(-121665n * inverse(121666n));
const littleEndian = bytes => bytes.reduceRight((n, byte) => n << 8n | BigInt(byte), 0n);

function decompress(bytes) {
  let y = littleEndian(bytes);
  const odd = y >> 255n;
  y &= (1n << 255n) - 1n;
  if (y >= p) return null;
  const u = mod(y * y - 1n), v = mod(d * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (p - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * power(2n, (p - 1n) / 4n));
  if (mod(v * x * x) !== u || (x === 0n && odd)) return null;
  if ((x & 1n) !== odd) x = p - x;
  return [x, y, 1n, mod(x * y)];
}
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * d * t1 * t2), e = mod(2n * z1 * z2);
  const f = b - a, g = e - c, h = e + c, k = b + a;
  return [mod(f * g), mod(h * k), mod(g * h), mod(f * k)];
}
function multiply(point, scalar) {
  let result = [0n, 1n, 1n, 0n];
  for (; scalar > 0n; scalar >>= 1n, point = add(point, point)) {
    if (scalar & 1n) result = add(result, point);
  }
  return result;
}
const base = decompress(Uint8Array.from({length: 32}, (_, i) => i ? 0x66 : 0x58));
function verifyEd25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const a = decompress(key), s = littleEndian(signature.subarray(32));
  if (!a || s >= order) return false;
  const hashed = new Uint8Array(64 + message.length);
  hashed.set(signature.subarray(0, 32));
  hashed.set(key, 32);
  hashed.set(message, 64);
  const k = mod(littleEndian(sha512(hashed)), order);
  const minus = [mod(-a[0]), a[1], a[2], mod(-a[3])];
  const [x, y, z] = add(multiply(base, s), multiply(minus, k));
  const affine = mod(x * inverse(z)), encoded = mod(y * inverse(z)) | (affine & 1n) << 255n;
  return littleEndian(signature.subarray(0, 32)) === encoded;
}

// ── the log (RFC 6962, C2SP signed-note, tlog-checkpoint, tlog-tiles)
const utf8 = text => new TextEncoder().encode(text);
const hex = bytes => Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('');
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
function decode(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}
const leafHash = entry => sha256(joined([0], entry));
const nodeHash = (left, right) => sha256(joined([1], left, right));

const LOG = 1, WITNESS = 4;
function readKey(text, type = LOG) {
  const parts = text.trim().split('+');
  if (parts.length < 3) throw new Error('key');
  const name = parts[0], bytes = decode(parts.slice(2).join('+'));
  const id = sha256(joined(utf8(name + '\n'), bytes)).subarray(0, 4);
  if (bytes.length !== 33 || bytes[0] !== type || hex(id) !== parts[1]) throw new Error('key');
  return {name, id, key: bytes.subarray(1)};
}
function readCheckpoint(note) {
  const at = note.lastIndexOf('\n\n');
  const text = note.slice(0, at + 1), [origin, size, rootHash] = text.split('\n');
  const signatures = note.slice(at + 2).split('\n').filter(line => line.startsWith('\u2014 ')).map(line => {
    const [, name, base64] = line.split(' ');
    return {name, bytes: decode(base64)};
  });
  return {text, origin, size: Number(size), root: decode(rootHash), signatures};
}
function isSigned(checkpoint, key) {
  const own = checkpoint.signatures.filter(s => s.name === key.name && same(s.bytes.subarray(0, 4), key.id));
  return checkpoint.origin === key.name && own.length > 0
    && own.every(s => verifyEd25519(key.key, utf8(checkpoint.text), s.bytes.subarray(4)));
}
function isWitness(text) {
  try { return Boolean(readKey(text, WITNESS)); } catch { return false; }
}
/* The time at which a witness has cosigned (C2SP tlog-cosignature); none if it has not, or not this. */
function cosigned(checkpoint, key) {
  for (const {name, bytes} of checkpoint.signatures) {
    if (name !== key.name || bytes.length !== 76 || !same(bytes.subarray(0, 4), key.id)) continue;
    const time = new DataView(bytes.buffer, bytes.byteOffset + 4, 8).getBigUint64(0);
    const message = 'cosignature/v1\ntime ' + time + '\n' + checkpoint.text;
    if (verifyEd25519(key.key, utf8(message), bytes.subarray(12))) return time;
  }
  return null;
}
function readEntries(data) {
  const entries = [];
  for (const bundle of data.bundles) {
    const bytes = decode(bundle);
    for (let at = 0; at < bytes.length;) {
      const end = at + 2 + (bytes[at] << 8 | bytes[at + 1]);
      if (!(end <= bytes.length)) throw new Error('bundle');
      entries.push(bytes.subarray(at + 2, end));
      at = end;
    }
  }
  return entries;
}
function rootOf(data, entries) {
  // the complete subtrees before the first entry that is in the page, the largest first; then leaf by leaf
  const nodes = data.nodes.map(decode);
  let size = data.first;
  for (const entry of entries) {
    let hash = leafHash(entry);
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(nodes.pop(), hash);
    nodes.push(hash);
    size++;
  }
  if (!nodes.length) return {size, root: sha256(new Uint8Array())};
  return {size, root: nodes.reduceRight((right, left) => nodeHash(left, right))};
}

// ── the page
const words = {
  vi: {
    title: 'Nhật ký kiểm toán', checking: 'Đang kiểm tra…',
    verified: 'ĐÃ XÁC MINH: mọi bản ghi khớp với chữ ký của nhật ký',
    failed: 'KHÔNG XÁC MINH ĐƯỢC',
    'why-root': 'các bản ghi không dẫn đến mã băm gốc đã ký: có bản ghi bị sửa, thiếu hoặc thừa',
    'why-signature': 'chữ ký trên điểm kiểm tra không phải của khoá này',
    'why-data': 'dữ liệu trong trang bị hỏng',
    'why-key': 'khoá nhật ký không đọc được',
    ownKey: 'Đã dùng khoá nằm trong chính gói này. Khoá đó tự nó không chứng minh đây là nhật ký của ai: hãy so với khoá mà cơ quan công bố, hoặc dán khoá bạn đã có vào đây (cả khoá của nhân chứng, cách nhau bằng dấu cách):',
    witness: 'Nhân chứng', unsigned: 'chưa xác nhận điểm kiểm tra này',
    log: 'Nhật ký', size: 'Số bản ghi', root: 'Mã băm gốc', key: 'Khoá', fingerprint: 'SHA-256 của khoá',
    filter: 'Lọc (số biên lai, đơn vị, hành vi, mã băm, ngày…)', shown: 'bản ghi khớp', more: 'Hiện thêm',
    earlier: 'bản ghi trước đó không nằm trong trang này (có trong các tệp của gói; mã băm gốc đã tính cả chúng)',
    columns: ['Số', 'Thời điểm', 'Hành vi', 'Đơn vị', 'Biên lai', 'Liên quan', 'Chứng thư', 'Nội dung và chữ ký', 'Người thực hiện'],
    other: 'English'
  },
  en: {
    title: 'Audit log', checking: 'Checking…',
    verified: 'VERIFIED: all entries agree with the signature of the log',
    failed: 'NOT VERIFIED',
    'why-root': 'the entries do not lead to the root hash that was signed: one was changed, is missing or was added',
    'why-signature': 'the signature of the checkpoint is not by this key',
    'why-data': 'the data in this page is damaged',
    'why-key': 'the log key cannot be read',
    ownKey: 'The key that was used is in this very bundle. By itself it does not prove whose log this is: compare it with the one that the agency publishes, or paste the key that you have (those of witnesses, too, with spaces between):',
    witness: 'Witness', unsigned: 'has not cosigned this checkpoint',
    log: 'Log', size: 'Entries', root: 'Root hash', key: 'Key', fingerprint: 'SHA-256 of the key',
    filter: 'Filter (receipt number, unit, action, hash, day…)', shown: 'entries match', more: 'Show more',
    earlier: 'earlier entries are not in this page (they are in the bundle’s files; the root hash covers them)',
    columns: ['No.', 'Time', 'Action', 'Unit', 'Receipt', 'Related', 'Certificate', 'Content and signature', 'Actor'],
    other: 'Tiếng Việt'
  }
};
const PAGE = 200;
const get = id => document.getElementById(id);
let language = 'vi', limit = PAGE, data = null, rows = [], computed = null, checkpoint = null;

const given = () => get('key').value.split(/\s+/).filter(Boolean);
function verdict() {
  const log = given().find(text => !isWitness(text));
  let key;
  if (!data || !checkpoint || !computed) return 'why-data';
  try { key = readKey(log || data.key); } catch { return 'why-key'; }
  if (!isSigned(checkpoint, key)) return 'why-signature';
  return computed.size === checkpoint.size && same(computed.root, checkpoint.root) ? 'verified' : 'why-root';
}
function showVerdict() {
  const found = verdict(), good = found === 'verified', text = words[language];
  document.body.dataset.verdict = good ? 'verified' : 'failed';
  get('verdict').textContent = good ? text.verified : text.failed + ': ' + text[found];
  get('verdict').className = good ? 'good' : 'bad';
}
function cell(row, text, title) {
  const td = row.insertCell();
  td.textContent = text;
  if (title) td.title = title;
}
const short = text => text.length > 26 ? text.slice(0, 24) + '…' : text;
function showRows() {
  const asked = get('filter').value.trim().toLowerCase();
  const matching = rows.filter(row => row.text.toLowerCase().includes(asked));
  const body = get('rows');
  body.replaceChildren();
  for (const {index, entry} of matching.slice(0, limit)) {
    const row = body.insertRow(), of = name => String(entry[name] ?? '');
    cell(row, String(index));
    cell(row, of('time'));
    cell(row, of('action'));
    cell(row, of('unit'));
    cell(row, of('receipt'));
    cell(row, of('related'));
    cell(row, data.certificates[of('certificate')] || short(of('certificate')), of('certificate'));
    cell(row, [of('digest'), of('signature')].filter(Boolean).map(short).join(' · '), of('digest') + '\n' + of('signature'));
    cell(row, short(of('actor')), of('actor'));
  }
  get('count').textContent = matching.length + ' ' + words[language].shown
    + (data.first ? '; ' + data.first + ' ' + words[language].earlier : '');
  get('more').hidden = matching.length <= limit;
}
function witness(text) {
  const key = readKey(text, WITNESS), time = cosigned(checkpoint, key);
  if (time === null) return key.name + ': ' + words[language].unsigned;
  const said = time < 1n << 40n ? new Date(Number(time) * 1000).toISOString() : String(time);
  return key.name + ', ' + said + ', SHA-256 ' + hex(sha256(key.key));
}
function showAll() {
  const text = words[language];
  document.documentElement.lang = language;
  document.title = text.title;
  get('title').textContent = text.title;
  get('language').textContent = text.other;
  get('own').textContent = text.ownKey;
  get('filter').placeholder = text.filter;
  get('filter').setAttribute('aria-label', text.filter);
  get('more').textContent = text.more;
  get('head').replaceChildren();
  const head = get('head').insertRow();
  for (const column of text.columns) {
    const th = document.createElement('th');
    th.scope = 'col';
    th.textContent = column;
    head.append(th);
  }
  const facts = [];
  if (checkpoint) facts.push([text.log, checkpoint.origin], [text.size, String(checkpoint.size)], [text.root, hex(checkpoint.root)]);
  if (data) {
    facts.push([text.key, data.key]);
    try { facts.push([text.fingerprint, hex(sha256(readKey(data.key).key))]); } catch { /* the verdict says so */ }
  }
  if (data && checkpoint) {
    for (const text of new Set([...data.witnesses, ...given()].filter(isWitness))) facts.push([words[language].witness, witness(text)]);
  }
  get('facts').replaceChildren(...facts.flatMap(([name, value]) => {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
  showVerdict();
  if (data) showRows();
}

try {
  data = JSON.parse(get('data').textContent);
  checkpoint = readCheckpoint(data.checkpoint);
  const entries = readEntries(data);
  computed = rootOf(data, entries);
  rows = entries.map((bytes, i) => {
    const text = new TextDecoder().decode(bytes);
    let entry = {};
    try { entry = JSON.parse(text); } catch { entry = {action: text}; }
    return {index: data.first + i, entry, text};
  }).reverse();
} catch { computed = null; }
get('filter').addEventListener('input', () => { limit = PAGE; showRows(); });
get('more').addEventListener('click', () => { limit += PAGE; showRows(); });
get('key').addEventListener('input', showAll);
get('language').addEventListener('click', () => { language = language === 'vi' ? 'en' : 'vi'; showAll(); });
showAll();
