import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { redact } from '../../../runtime/oci/redaction.ts';

const SECRET = 'eyJhbGciOiJSUzI1NiJ9.s3cr3t+T0ken/of-Anna==';

const html = (text: string): string =>
  text.replace(/[^A-Za-z0-9]/g, (character) => `&#x${character.codePointAt(0)!.toString(16)};`);
const unicode = (text: string): string =>
  text.replace(/[^A-Za-z0-9]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const encodings: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'in JSON': (text) => JSON.stringify(text),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify({ text })),
  'with \\u': unicode,
  'URL-encoded': encodeURIComponent,
  'URL-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in a form': (text) => String(new URLSearchParams({ text })),
  'in HTML': html,
  'in base64': base64,
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64 of a longer text': (text) => base64(`authorization: ${text}\r\nhost: x`),
  'in base64 in base64': (text) => base64(base64(text)),
  'in base64 in a URL': (text) => encodeURIComponent(base64(text)),
  'in hex': (text) => Buffer.from(text).toString('hex'),
  'over several lines': (text) => text.replace(/.{10}/g, '$&\n  '),
};

describe('B16, INV-8: what a peer repeats of a secret', () => {
  it.each(Object.entries(encodings))('B16: is removed %s, and the words around it stay', (_, encode) => {
    const said = `Not accepted here: ${encode(SECRET)} -- sorry.`;
    const cleaned = redact(said, [SECRET]);
    expect(cleaned).toMatch(/^Not accepted here: .{0,16}….{0,20} -- sorry\.$/s);
    expectGone(cleaned, encode);
  });

  /** No 8 characters of the secret or of its encoded form are left. */
  function expectGone(cleaned: string, encode: (text: string) => string): void {
    for (const form of [SECRET, encode(SECRET)]) {
      for (let index = 0; index + 16 <= form.length; index++) {
        expect(cleaned).not.toContain(form.slice(index, index + 16));
      }
    }
  }

  it('B16: is removed however it is encoded, truncated and wrapped in prose', () => {
    const some = fc.string({ minLength: 12, maxLength: 60 }).filter((text) => text.trim().length >= 12);
    const prose = fc.constantFrom('', 'The request ', '<p>', '{"message":"', 'was: ', '\n');
    const how = fc.constantFrom('as it is', 'in JSON', 'URL-encoded', 'in HTML', 'with \\u', 'in hex');
    fc.assert(
      fc.property(some, how, prose, prose, fc.nat(), fc.nat(), (secret, name, before, after, cut, from) => {
        const encode = encodings[name]!;
        const start = from % (secret.length - 8);
        const part = secret.slice(start, start + 8 + (cut % (secret.length - start - 7)));
        const cleaned = redact(`${before}${encode(part)}${after}`, [secret]);
        expect(cleaned.replaceAll('…', '').length).toBeLessThan(before.length + after.length + 12);
        if (!before.includes(part) && !after.includes(part)) expect(cleaned).not.toContain(part);
      }),
    );
  });

  it('B16: is removed from the middle of base64 that begins and ends anywhere', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(3), (before, after, cut) => {
        const said = base64(`${'x'.repeat(before)}${SECRET}${'y'.repeat(after)}`).slice(cut);
        expect(redact(said, [SECRET])).toBe('…');
      }),
    );
  });

  it('B16: is removed when it is no plain English, or no text at all', () => {
    const bytes = fc.uint8Array({ minLength: 12, maxLength: 40 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, (secret) => {
        for (const encoding of ['base64', 'base64url', 'hex'] as const) {
          expect(redact(`<${secret.toString(encoding)}>`, [secret.toString('latin1')])).toBe('<…>');
        }
      }),
    );
    const words = 'Größe: 42 µm, señor Müller, 東京都千代田区';
    const secret = Buffer.from(words).toString('latin1');
    for (const form of [words, encodeURIComponent(words), unicode(words), base64(words)]) {
      expect(redact(`I got ${form}!`, [secret])).toMatch(/^I got ….{0,6}!$/);
    }
  });

  it('B16: is removed when it is short and stands as a word of its own', () => {
    expect(redact('value "hi" and key=k7 of k7x', ['hi', 'k7'])).toBe('value "…" and key=… of k7x');
    expect(redact('the pass is tulip.', ['tulip'])).toBe('the pass is ….');
    expect(redact('tulips', ['tulip'])).toBe('tulips');
    expect(redact('a hat', ['a'])).toBe('a hat');
  });

  it('B16: is removed with what little stands between two of its pieces', () => {
    const secret = 'abcdefghijklmnopqrstuv';
    expect(redact('I got abcdefghijk*lmnopqrstuv.', [secret])).toBe('I got ….');
    expect(redact('abcdefghijk and then lmnopqrstuv', [secret])).toBe('… and then …');
  });

  it('B16: leaves alone what no secret holds', () => {
    const innocent = fc.string({
      unit: fc.constantFrom('a', 'e', ' ', '%41', '\\u0041', '&amp;', '+', '"'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(innocent, (text) => {
        expect(redact(text, [SECRET, 'Z9', ''])).toBe(text);
      }),
    );
  });

  it('B16: ends in time with a text that decodes for ever', () => {
    const nested = Array.from({ length: 6 }).reduce<string>((text) => base64(text), SECRET);
    const text = `${'%25'.repeat(300)}${'\\\\'.repeat(300)}${nested}`.slice(0, 2_000);
    expect(redact(text, ['x'.repeat(1_000_000)])).toBe(text);
  });
});
