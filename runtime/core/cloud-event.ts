import { isUtf8 } from 'node:buffer';

/**
 * A value in the JSON format of CloudEvents 1.0 (structured mode), byte for byte: text in `data`, other bytes in
 * `data_base64`. It is made by hand because the CloudEvents SDK is too slow (see the commit that added this file).
 */
export interface CloudEvent {
  /** The context attributes and extensions, as they stand in the JSON object. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: Uint8Array;
}

const TEXT = '"datacontenttype":"text/plain; charset=utf-8","data":"';
const BYTES = '"datacontenttype":"application/octet-stream","data_base64":"';
const TEXT_BYTES = Buffer.from(TEXT);
const BYTES_BYTES = Buffer.from(BYTES);
const [QUOTE, BACKSLASH, SPACE, OPEN, CLOSE] = [0x22, 0x5c, 0x20, 0x7b, 0x7d];

/** `head`: the members of the JSON object before the value, each with a comma behind it. */
export function writeCloudEvent(head: string, value: Buffer): Buffer {
  const start = `{${head}`;
  const bytes = Buffer.byteLength(start);
  const event = Buffer.allocUnsafe(bytes + dataRoom(value.byteLength));
  event.write(start);
  return event.subarray(0, writeData(event, bytes, value));
}

/** What text may take besides the base64 of its bytes. */
const MARGIN = 64;

/** Bytes that `writeData` writes for a value of so many bytes, at most. */
export function dataRoom(bytes: number): number {
  return BYTES.length + MARGIN + Math.ceil((bytes * 4) / 3) + 4;
}

/** Writes the last members of an event, those of its value, and its end. Gives where it ends. */
export function writeData(event: Buffer, at: number, value: Buffer): number {
  const bytes = value.byteLength;
  const form = formOf(value, 0, bytes);
  const isText = form === 'ascii' || isUtf8(value);
  if (isText && form !== 'escaped') {
    const from = at + event.write(TEXT, at, 'latin1');
    value.copy(event, from);
    return close(event, from + bytes);
  }
  if (isText) {
    const text = value.toString('utf8');
    const json = JSON.stringify(text);
    // Text with many control characters is shorter in base64.
    if (bytes + json.length - text.length <= (bytes * 4) / 3 + MARGIN) {
      const from = at + event.write(TEXT, at, 'latin1');
      return close(event, from + event.write(json.slice(1, -1), from));
    }
  }
  const from = at + event.write(BYTES, at, 'latin1');
  return close(event, from + event.write(value.toString('base64'), from, 'latin1'));
}

function close(event: Buffer, at: number): number {
  event[at] = QUOTE;
  event[at + 1] = CLOSE;
  return at + 2;
}

/** The text that these bytes are in UTF-8; undefined when they are not UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** A CloudEvent of this `type`; undefined for any other value, and for one that is not whole. */
export function readCloudEvent(value: Buffer, type: string): CloudEvent | undefined {
  // Most other values end here, without the cost of parsing them.
  const text = value[0] === OPEN && value.includes(type) ? textOf(value) : undefined;
  // JSON that begins with a brace is an object.
  const attributes = text === undefined ? undefined : (parsed(text) as Record<string, unknown> | undefined);
  if (attributes?.['specversion'] !== '1.0' || attributes['type'] !== type) return undefined;
  const { data, data_base64: base64 } = attributes;
  if (typeof data === 'string' && base64 === undefined)
    return { attributes, value: Buffer.from(data, 'utf8') };
  if (typeof base64 !== 'string' || data !== undefined) return undefined;
  const decoded = Buffer.from(base64, 'base64');
  return isBase64Of(base64, decoded) ? { attributes, value: decoded } : undefined;
}

/** The value of an event of which all from `at` on is as `writeData` writes it. Undefined: it has another form. */
export function readData(event: Buffer, at: number): Buffer | undefined {
  const to = event.byteLength - 2;
  if (event[to] !== QUOTE || event[to + 1] !== CLOSE) return undefined;
  if (holds(event, at, TEXT_BYTES)) return readText(event, at + TEXT.length, to);
  if (!holds(event, at, BYTES_BYTES) || at + BYTES.length > to) return undefined;
  const base64 = event.toString('latin1', at + BYTES.length, to);
  const value = Buffer.from(base64, 'base64');
  return isBase64Of(base64, value) ? value : undefined;
}

function readText(event: Buffer, from: number, to: number): Buffer | undefined {
  if (from > to) return undefined;
  const form = formOf(event, from, to);
  if (form !== 'ascii' && !isUtf8(event)) return undefined;
  if (form !== 'escaped') return event.subarray(from, to);
  // With its quotes; when more members follow it is not JSON.
  const text = parsed(event.toString('utf8', from - 1, to + 1));
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : undefined;
}

/** Whether these bytes stand at `at`. */
export function holds(event: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (event[at + index] !== bytes[index]) return false;
  }
  return true;
}

/** Whether the text is standard base64 of what was decoded from it: `Buffer.from` skips what is no base64. */
function isBase64Of(base64: string, decoded: Buffer): boolean {
  return decoded.toString('base64') === base64;
}

/** How bytes can stand in a JSON string: as they are (`plain`: if they are UTF-8), or not. */
function formOf(bytes: Uint8Array, from: number, to: number): 'ascii' | 'plain' | 'escaped' {
  let all = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return 'escaped';
    all |= byte;
  }
  return all < 0x80 ? 'ascii' : 'plain';
}

/** Undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
