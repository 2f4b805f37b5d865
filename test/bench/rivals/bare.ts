import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Pool } from 'undici';

import type { Place } from '../emulated.ts';
import { messageSource, type Message, type Work } from '../work.ts';
import { CONCURRENCY, READ_LIMIT, sideBySide, type OnRead, type Rival } from './rival.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Bodies that take turns. */
const BODIES = 8;

interface StoredMessage {
  readonly key: string | null;
  readonly value: string;
}

/**
 * The limit: undici alone. A put is a body that was prepared, signed once a second; of the answer only that nothing was
 * refused is looked at. A read is not signed at all, and its answer is parsed and each value decoded.
 */
export async function open(place: Place, work: Work): Promise<Rival> {
  const pool = new Pool(place.endpoint, { connections: CONCURRENCY });
  const path = `/20180418/streams/${place.streamOcid}`;
  const next = messageSource(work);
  const bodies = Array.from({ length: BODIES }, () =>
    bodyOf(Array.from({ length: work.batch }, () => next())),
  );
  const signature = new SignatureOfTheSecond(place, `${path}/messages`);
  let turn = 0;

  const post = async (body: Buffer, messages: number): Promise<number> => {
    const headers = { ...JSON_TYPE, ...signature.headers() };
    const reply = await pool.request({ method: 'POST', path: `${path}/messages`, headers, body });
    const text = await reply.body.text();
    if (reply.statusCode !== 200 || !text.includes('"failures":0')) throw new Error(text.slice(0, 200));
    return messages;
  };
  const json = async (method: 'GET' | 'POST', target: string, details?: object): Promise<Json> => {
    const body = details === undefined ? null : JSON.stringify(details);
    const reply = await pool.request({ method, path: target, headers: JSON_TYPE, body });
    if (reply.statusCode !== 200) throw new Error(await reply.body.text());
    return { body: JSON.parse(await reply.body.text()), cursor: String(reply.headers['opc-next-cursor']) };
  };

  return {
    send: () => post(bodies[turn++ % BODIES]!, work.batch),
    put: (isOver) => sideBySide(isOver, () => post(bodies[turn++ % BODIES]!, work.batch)),
    async read(onRead: OnRead) {
      const group = {
        type: 'TRIM_HORIZON',
        groupName: `bare-${process.pid}-${turn++}`,
        commitOnGet: true,
      };
      const made = await json('POST', `${path}/groupCursors`, group);
      let cursor = (made.body as { value: string }).value;
      for (;;) {
        const query = `cursor=${encodeURIComponent(cursor)}&limit=${READ_LIMIT}`;
        const reply = await json('GET', `${path}/messages?${query}`);
        const stored = reply.body as StoredMessage[];
        let bytes = 0;
        for (const { value } of stored) bytes += Buffer.from(value, 'base64').length;
        if (bytes > 0 && !(await onRead(stored.length))) return;
        cursor = reply.cursor;
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

interface Json {
  readonly body: unknown;
  readonly cursor: string;
}

function bodyOf(messages: readonly Message[]): Buffer {
  const encoded = messages.map(({ key, value }) => ({
    key: Buffer.from(key).toString('base64'),
    value: value.toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ messages: encoded }));
}

/** Dates have a grain of one second, and RSA PKCS#1 v1.5 gives the same bytes for the same text. */
class SignatureOfTheSecond {
  readonly #path: string;
  readonly #host: string;
  readonly #keyId: string;
  readonly #key: KeyObject;
  #second = 0;
  #headers = {};

  constructor({ configFile, endpoint }: Place, path: string) {
    this.#path = path;
    this.#host = new URL(endpoint).host;
    const profile = readFileSync(configFile, 'utf8');
    const field = (name: string): string =>
      new RegExp(`^${name}\\s*=\\s*(.+)$`, 'm').exec(profile)?.[1] ?? '';
    this.#keyId = `${field('tenancy')}/${field('user')}/${field('fingerprint')}`;
    this.#key = createPrivateKey(readFileSync(field('key_file')));
  }

  headers(): object {
    const now = Date.now();
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      const date = new Date(now).toUTCString();
      const text = `date: ${date}\n(request-target): post ${this.#path}\nhost: ${this.#host}`;
      const signature = sign('sha256', Buffer.from(text), this.#key).toString('base64');
      const authorization = `Signature version="1",keyId="${this.#keyId}",algorithm="rsa-sha256",headers="date (request-target) host",signature="${signature}"`;
      this.#headers = { date, authorization };
    }
    return this.#headers;
  }
}
