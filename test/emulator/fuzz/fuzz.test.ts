import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { seededRandom, startEmulator } from '../../../emulator/index.ts';
import type { Reply } from '../../../emulator/operations/operation.ts';
import { perform, refusalReply } from '../../../emulator/operations/perform.ts';
import { findRoute } from '../../../emulator/operations/routes.ts';
import { ServiceError } from '../../../emulator/operations/service-error.ts';
import { Service } from '../operations/service.ts';
import { mutant, validDrafts, type Known } from './mutant.ts';

const ALLOWED = new Set([200, 204, 400, 404, 405, 409, 412]);

function knownOf(service: Service): Known {
  const streamId = service.stream({ name: 'fuzzed', partitions: 3 });
  service.put(streamId, ['a', 'b', 'c']);
  const compartmentId = 'ocid1.compartment.oc1..a';
  return {
    streamId,
    poolId: service.get('POST', '/streampools', { body: { name: 'p', compartmentId } }).id,
    harnessId: service.get('POST', '/connectharnesses', { body: { name: 'h', compartmentId } }).id,
    workRequestId: [...service.region.workRequests.keys()][0]!,
    cursor: service.cursor(streamId, { type: 'TRIM_HORIZON' }),
    groupCursor: service.groupCursor(streamId),
  };
}

test(
  "100,000 mutated calls are answered in the service's form, and nothing breaks",
  { timeout: 60_000 },
  () => {
    const random = seededRandom(20261123);
    let service = new Service({ maxStoredBytes: 8 * 2 ** 20, whenFull: 'drop-oldest' });
    let drafts = validDrafts(knownOf(service));
    const seen = new Map<number, number>();
    for (let count = 0; count < 100_000; count++) {
      if (count % 2000 === 0) {
        service = new Service({ maxStoredBytes: 8 * 2 ** 20, whenFull: 'drop-oldest' });
        drafts = validDrafts(knownOf(service));
      }
      const call = mutant(drafts[Math.floor(random() * drafts.length)]!, random);
      let reply: Reply;
      try {
        const context = { region: service.region, now: service.now + count, random, placementRandom: random };
        // As over the wire: what JSON cannot say does not arrive.
        const body: unknown = call.body === undefined ? undefined : JSON.parse(JSON.stringify(call.body));
        reply = perform(context, findRoute(call.method, `/20180418${call.path}`), {
          query: call.query,
          body,
          headers: {},
        });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw new Error(JSON.stringify(call), { cause: error });
        reply = refusalReply(error);
      }
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      if (!ALLOWED.has(reply.status)) throw new Error(`${reply.status} for ${JSON.stringify(call)}`);
      if (reply.status >= 400) {
        const { code, message } = reply.body as Record<string, unknown>;
        if (typeof code !== 'string' || typeof message !== 'string')
          throw new Error(`no error body for ${JSON.stringify(call)}`);
      }
    }
    // Mutants have to get past the doors as well, or nothing behind them was tried.
    expect(seen.get(200)).toBeGreaterThan(10_000);
    expect(seen.get(400)).toBeGreaterThan(10_000);
  },
);

/** Writes bytes as they are, and gives the first line of what comes back. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('error', () => resolve('cut'));
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
  });
}

test('bytes that are no HTTP, and HTTP with broken bodies, do not hurt it', { timeout: 60_000 }, async () => {
  await using emulator = await startEmulator({ signatures: 'required' });
  const url = emulator.regions['sa-saopaulo-1']!;
  const port = Number(new URL(url).port);
  const random = seededRandom(7);
  const valid =
    'POST /20180418/streams/x/messages?cursor=a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Signature keyId="a",algorithm="rsa-sha256",headers="date",signature="AA=="\r\n' +
    'Content-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{"messages":[{"value';
  for (let batch = 0; batch < 40; batch++) {
    await Promise.all(
      Array.from({ length: 25 }, () => {
        const bytes = valid.split('');
        for (let changes = 0; changes < 5; changes++) {
          bytes[Math.floor(random() * bytes.length)] = String.fromCharCode(Math.floor(random() * 256));
        }
        return raw(port, bytes.join(''));
      }),
    );
  }
  expect((await fetch(`${url}/20180418/streams`)).status).toBe(401);
  expect(Object.keys(emulator.state().regions['sa-saopaulo-1']!.calls['PutMessages'] ?? {})).not.toContain(
    '500',
  );
});
