import { expect, test } from 'vitest';
import { beside, shortened, withShortOcids, wrapped } from '../../../demo/screen/text-layout.ts';

test('lines break between words, and where they already do; a word that is too long stands alone', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrapped('one\ntwo', 80)).toEqual(['one', 'two']);
  expect(wrapped('a incomprehensibility b', 5)).toEqual(['a', 'incomprehensibility', 'b']);
  expect(wrapped('as it is', Infinity)).toEqual(['as it is']);
});

test('text stands beside its head while there is room, and below it in a narrow terminal', () => {
  expect(beside(4, 'São Paulo answers 500 to every call', 30)).toBe(
    'São Paulo answers 500 to\n    every call',
  );
  expect(beside(20, 'São Paulo answers 500 to every call', 30)).toBe(
    '\n    São Paulo answers 500 to\n    every call',
  );
});

test('a line of the status never reaches the edge', () => {
  expect(shortened('0123456789', 10)).toBe('0123456789');
  expect(shortened('0123456789', 6)).toBe('01234…');
  expect(shortened('0123456789', 0)).toBe('…');
});

test('an OCID keeps what tells it apart', () => {
  expect(withShortOcids('OCID=ocid1.stream.oc1.sa-vinhedo-1.amaaaaaalvtv7vg465sxkivj6 endpoint=x')).toBe(
    'OCID=ocid1.stream.oc1.sa-vinhedo-1.…5sxkivj6 endpoint=x',
  );
  expect(withShortOcids('ocid1.compartment.oc1..aaaaaaaaluf4zzfopb')).toBe(
    'ocid1.compartment.oc1..…f4zzfopb',
  );
});
