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
const [QUOTE, BACKSLASH, SPACE, OPEN, CLOSE] = [0x22, 0x5c, 0x20, 0x7b, 0x7d];

/** `head`: the members of the JSON object before the value, each with a comma behind it. */
export function writeCloudEvent(head: string, value: Buffer): Buffer {
  const form = formOf(value, 0, value.byteLength);
  if (form === 'ascii') return withPlainText(`{${head}${TEXT}`, value);
  const text = textOf(value);
  if (text !== undefined && form === 'plain') return withPlainText(`{${head}${TEXT}`, value);
  if (text !== undefined) {
    const json = JSON.stringify(text);
    // Text with many control characters is shorter in base64.
    const isShort = value.byteLength + json.length - text.length <= (value.byteLength * 4) / 3 + 64;
    if (isShort) return Buffer.from(`{${head}${TEXT}${json.slice(1)}}`, 'utf8');
  }
  return Buffer.from(`{${head}${BYTES}${value.toString('base64')}"}`, 'utf8');
}

/** The text that these bytes are in UTF-8; undefined when they are not UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // What is not UTF-8 becomes U+FFFD, which may also be a part of the text.
  return !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** A CloudEvent of this `type`; undefined for any other value, and for one that is not whole. */
export function readCloudEvent(value: Buffer, type: string): CloudEvent | undefined {
  // Most other values end here, without the cost of parsing them.
  const text = value[0] === OPEN && value.includes(type) ? textOf(value) : undefined;
  const attributes = text === undefined ? undefined : objectIn(text);
  if (attributes?.['specversion'] !== '1.0' || attributes['type'] !== type) return undefined;
  const { data, data_base64: base64 } = attributes;
  if (typeof data === 'string' && base64 === undefined)
    return { attributes, value: Buffer.from(data, 'utf8') };
  if (typeof base64 !== 'string' || data !== undefined) return undefined;
  const decoded = Buffer.from(base64, 'base64');
  // `Buffer.from` skips what is no base64.
  return decoded.toString('base64') === base64 ? { attributes, value: decoded } : undefined;
}

/** The text of an event as `writeCloudEvent` writes it, without escapes: a part of its bytes. Undefined: another form. */
export function plainTextOf(event: Buffer): { readonly head: string; readonly value: Buffer } | undefined {
  const to = event.byteLength - 2;
  if (event[0] !== OPEN || event[to] !== QUOTE || event[to + 1] !== CLOSE) return undefined;
  const at = event.indexOf(TEXT);
  const from = at + TEXT.length;
  if (at === -1) return undefined;
  const form = formOf(event, from, to);
  if (form === 'escaped' || (form === 'plain' && textOf(event) === undefined)) return undefined;
  return { head: event.toString('latin1', 1, at), value: event.subarray(from, to) };
}

/** How bytes can stand in a JSON string: as they are (`plain`: if they are UTF-8), or not. */
export function formOf(bytes: Uint8Array, from: number, to: number): 'ascii' | 'plain' | 'escaped' {
  let all = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return 'escaped';
    all |= byte;
  }
  return all < 0x80 ? 'ascii' : 'plain';
}

function withPlainText(start: string, text: Buffer): Buffer {
  const startBytes = Buffer.byteLength(start, 'utf8');
  const event = Buffer.allocUnsafe(startBytes + text.byteLength + 2);
  event.write(start, 'utf8');
  event.set(text, startBytes);
  event[startBytes + text.byteLength] = QUOTE;
  event[startBytes + text.byteLength + 1] = CLOSE;
  return event;
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
