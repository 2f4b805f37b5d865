import type { Place } from './emulated.ts';
import { READ_LIMIT } from './rivals/rival.ts';
import type { Message } from './work.ts';

/** The service takes five reads a second of a partition. */
const PACE_MS = 200;

/** All that a partition holds, in order of its offsets; without a signature, as the emulator permits. */
export async function* readPartition(place: Place, partition: number): AsyncGenerator<Message[]> {
  const messages = `${place.endpoint}/20180418/streams/${place.streamOcid}`;
  const made = await asked(`${messages}/cursors`, { partition: String(partition), type: 'TRIM_HORIZON' });
  let cursor = ((await made.json()) as { value: string }).value;
  for (;;) {
    const query = `cursor=${encodeURIComponent(cursor)}&limit=${READ_LIMIT}`;
    const reply = await asked(`${messages}/messages?${query}`);
    const stored = (await reply.json()) as { key: string; value: string }[];
    if (stored.length === 0) return;
    yield stored.map(({ key, value }) => ({
      key: Buffer.from(key, 'base64').toString(),
      value: Buffer.from(value, 'base64'),
    }));
    cursor = reply.headers.get('opc-next-cursor') ?? '';
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
}

/** A POST with `body`, a GET without. @throws Error when it is refused for another reason than its pace. */
async function asked(url: string, body?: object): Promise<Response> {
  for (;;) {
    const reply = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    if (reply.ok) return reply;
    const text = await reply.text();
    if (reply.status !== 429) throw new Error(`the emulator answered ${reply.status}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
}
