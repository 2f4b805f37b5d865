/**
 * Removes from a text of a peer what it repeats of our own secrets (INV-8, B16): as they are, escaped or encoded, whole or in
 * part, alone or within prose. The text is decoded in the ways that programs encode, and each reading of it is compared with
 * the secrets in pieces of 8 characters; what matches is removed from the text together with its encoding.
 *
 * `secrets`: one character per byte (`latin1`), since a message is bytes, and not always text.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const views = readings(text);
  const shared = sharedPieces(views, secrets);
  const short = new Set(secrets.filter(({ length }) => length > 0 && length < PIECE));
  if (shared.size === 0 && short.size === 0) return text;
  const hidden = new Uint8Array(text.length);
  for (const view of views) {
    hidePieces(view, shared, hidden);
    for (const secret of short) hideWord(view, secret, hidden);
  }
  return withoutHidden(text, hidden);
}

/** Fewer characters would be found in innocent words; more would let a piece of a secret through. */
const PIECE = 8;

/** A reading of a text. Character `i` of it came from `[starts[i], ends[i])` of the text itself. */
interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Enough for three encodings on top of each other; a bound for texts that decode for ever. */
const MAX_VIEWS = 40;
const MAX_DEPTH = 3;

/** The text itself and all that it may be an encoding of. */
function readings(text: string): View[] {
  const indexes = Array.from(text.split(''), (_, index) => index);
  const views: View[] = [{ text, starts: indexes, ends: indexes.map((index) => index + 1) }];
  const seen = new Set([text]);
  for (let depth = 0, from = 0; depth < MAX_DEPTH && from < views.length; depth++) {
    const until = views.length;
    for (const view of views.slice(from)) {
      for (const decoded of decodings(view)) {
        if (views.length === MAX_VIEWS || seen.has(decoded.text)) continue;
        seen.add(decoded.text);
        views.push(decoded);
      }
    }
    from = until;
  }
  return views;
}

function* decodings(view: View): Generator<View> {
  yield replaced(view, /%([0-9a-f]{2})|\+/gi, ([, hex]) => (hex === undefined ? ' ' : fromCode(hex, 16)));
  yield replaced(view, /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gis, ([, unicode, hex, plain]) =>
    plain === undefined ? fromCode(unicode ?? hex ?? '', 16) : (ESCAPES[plain] ?? plain),
  );
  yield replaced(view, /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,5}));/gi, ([whole, hex, decimal, name]) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    return hex === undefined ? fromCode(decimal ?? '', 10) : fromCode(hex, 16);
  });
  yield replaced(view, /\s*[\r\n]\s*/g, () => '');
  yield replaced(view, /[^\0-\x7f]+/g, ([run]) => Buffer.from(run, 'utf8').toString('latin1'));
  for (let offset = 0; offset < 4; offset++) {
    yield replaced(view, /[A-Za-z0-9+/_-]{12,}={0,2}/g, ([run]) => fromBytes(run.slice(offset), 'base64'));
  }
  yield replaced(view, /[0-9a-f]{16,}/gi, ([run]) => fromBytes(run, 'hex'));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' };

function fromCode(digits: string, radix: number): string {
  const code = Number.parseInt(digits, radix);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function fromBytes(run: string, encoding: 'base64' | 'hex'): string {
  return Buffer.from(run, encoding).toString('latin1');
}

/** Each match of `pattern` replaced; the characters of a replacement stand for the whole match. */
function replaced(view: View, pattern: RegExp, replace: (match: RegExpExecArray) => string): View {
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const keep = (from: number, to: number): void => {
    parts.push(view.text.slice(from, to));
    for (let index = from; index < to; index++) {
      starts.push(view.starts[index] ?? 0);
      ends.push(view.ends[index] ?? 0);
    }
  };
  let last = 0;
  for (const match of view.text.matchAll(pattern)) {
    keep(last, match.index);
    last = match.index + match[0].length;
    const text = replace(match);
    parts.push(text);
    for (let index = 0; index < text.length; index++) {
      starts.push(view.starts[match.index] ?? 0);
      ends.push(view.ends[last - 1] ?? 0);
    }
  }
  keep(last, view.text.length);
  return { text: parts.join(''), starts, ends };
}

/** A piece holds a gram that begins at a multiple of the stride, wherever it stands in a secret. */
const GRAM = 4;
const STRIDE = PIECE - GRAM + 1;
const SLOT_BITS = 18;

/**
 * The pieces that stand in a secret and in a reading. The secrets can be a mebibyte and the text is short, so the pieces of
 * the text are kept, and of the secrets only every fifth gram is looked up: the main thread does nothing else meanwhile.
 */
function sharedPieces(views: readonly View[], secrets: readonly string[]): Set<string> {
  const pieces = new Set<string>();
  const grams = new Uint8Array(1 << SLOT_BITS);
  for (const { text } of views) {
    for (let index = 0; index + PIECE <= text.length; index++) pieces.add(text.slice(index, index + PIECE));
    for (let index = 0; index + GRAM <= text.length; index++) grams[gramSlot(text, index)] = 1;
  }
  const shared = new Set<string>();
  if (pieces.size === 0) return shared;
  for (const secret of secrets) {
    for (let at = 0; at + GRAM <= secret.length; at += STRIDE) {
      if (grams[gramSlot(secret, at)] === 0) continue;
      const last = Math.min(at, secret.length - PIECE);
      for (let from = Math.max(0, at - STRIDE + 1); from <= last; from++) {
        if (grams[gramSlot(secret, from)] === 0 || grams[gramSlot(secret, from + GRAM)] === 0) continue;
        const piece = secret.slice(from, from + PIECE);
        if (pieces.has(piece)) shared.add(piece);
      }
    }
  }
  return shared;
}

function gramSlot(text: string, at: number): number {
  const gram =
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24);
  return Math.imul(gram, 0x9e3779b1) >>> (32 - SLOT_BITS);
}

function hidePieces({ text, starts, ends }: View, shared: ReadonlySet<string>, hidden: Uint8Array): void {
  for (let index = 0; index + PIECE <= text.length; index++) {
    if (!shared.has(text.slice(index, index + PIECE))) continue;
    for (let at = index; at < index + PIECE; at++) hidden.fill(1, starts[at], ends[at]);
  }
}

/** A short secret counts where it stands as a word; one of up to three characters only where it is quoted or named. */
function hideWord({ text, starts, ends }: View, secret: string, hidden: Uint8Array): void {
  for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + secret.length] ?? ' ';
    if (/\w/.test(before) || /\w/.test(after)) continue;
    if (
      secret.length < 4 &&
      !/["'`=:>([]/.test(
        text
          .slice(Math.max(0, at - 2), at)
          .trim()
          .slice(-1),
      )
    )
      continue;
    hidden.fill(1, starts[at], ends[at + secret.length - 1]);
  }
}

/** Each hidden stretch becomes `…`; what little is left between two of them goes too. */
function withoutHidden(text: string, hidden: Uint8Array): string {
  let last = -PIECE;
  for (let index = 0; index < hidden.length; index++) {
    if (hidden[index] === 0) continue;
    if (index - last < PIECE) hidden.fill(1, Math.max(0, last), index);
    last = index;
  }
  return text
    .split('')
    .map((character, index) => (hidden[index] === 0 ? character : hidden[index - 1] === 1 ? '' : '…'))
    .join('');
}
