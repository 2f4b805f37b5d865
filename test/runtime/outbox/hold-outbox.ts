import { systemClock } from '../../../runtime/clock.ts';
import { openStore, type OpenedStore } from '../../../runtime/outbox/open-store.ts';
import { Outbox } from '../../../runtime/outbox/outbox.ts';
import { rowsFrom } from './rows.ts';

/** Run as a process: takes an outbox, writes as many messages as it can, and says what happened, one JSON line each. */
/** As a producer does at its start: counts all keys, and reads pages. Gives by how much the process grew. */
async function beginToDrain(opened: OpenedStore): Promise<{ type: string; read: number; grewBy: number }> {
  let most = 0;
  const before = process.memoryUsage.rss();
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  const outbox = new Outbox({
    ...opened,
    clock: systemClock,
    emit: say,
    limits: { maxOutboxBytes: 2 ** 40 },
    acknowledge: 'disk',
    openLeft: () => Promise.resolve(undefined),
  });
  // Until all are counted, every key may have messages on disk.
  while (outbox.mayHold('bm90IG9uIGRpc2s=')) await systemClock.sleep(5);
  let read = 0;
  while (read < 20_000) read += (await outbox.next({ messages: 1_000, bytes: 1_048_576 })).length;
  clearInterval(watch);
  return { type: 'drains', read, grewBy: most - before };
}

const [directory = '', take = 'own', messages = '0', valueBytes = '100', batch = '100'] =
  process.argv.slice(2);
const say = (line: unknown): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const opened = await openStore({ directory, take: take as 'own' }, (news) => say(news));
  if (opened === undefined) say({ type: 'none-left' });
  else {
    const { store } = opened;
    say({ type: 'opened', directory: opened.directory, found: store.found });
    let next = store.found.lastSequence + 1;
    for (const end = next + Number(messages); next < end; next += Number(batch)) {
      const answer = await store.append(rowsFrom(next, Number(batch), Number(valueBytes)));
      if (answer.type !== 'done') {
        say({ ...answer, at: next });
        break;
      }
    }
    say({ type: 'written', to: next - 1 });
    for await (const line of process.stdin) {
      const [verb] = String(line).trim().split(' ');
      if (verb === 'remove-all') {
        let left = store.found;
        for (let after = 0; ;) {
          const page = await store.read(after, { messages: 500, bytes: 4_194_304 });
          if (page.type !== 'done' || page.value.length === 0) break;
          const sequences = page.value.map(({ sequence }) => sequence);
          after = sequences.at(-1) ?? after;
          const answer = await store.remove(sequences);
          if (answer.type === 'done') left = { ...left, ...answer.value };
          else say(answer);
        }
        say({ type: 'removed', left: left.messages });
        say(await store.append(rowsFrom(next, 100, Number(valueBytes))));
      } else if (verb === 'begin-to-drain') say(await beginToDrain(opened));
      else break;
    }
    await store.close();
    say({ type: 'closed' });
  }
} catch (error) {
  say({ type: 'refused', message: (error as Error).message });
}
