import { openStore } from '../../../runtime/outbox/open-store.ts';
import { rowsFrom } from './rows.ts';

/** Run as a process: takes an outbox, writes as many messages as it can, and says what happened, one JSON line each. */
const [directory = '', take = 'own', messages = '0', valueBytes = '100'] = process.argv.slice(2);
const say = (line: unknown): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const opened = await openStore({ directory, take: take as 'own' }, (news) => say(news));
  if (opened === undefined) say({ type: 'none-left' });
  else {
    const { store } = opened;
    say({ type: 'opened', directory: opened.directory, found: store.found });
    let next = store.found.lastSequence + 1;
    for (const end = next + Number(messages); next < end; next += 100) {
      const answer = await store.append(rowsFrom(next, 100, Number(valueBytes)));
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
      } else break;
    }
    await store.close();
    say({ type: 'closed' });
  }
} catch (error) {
  say({ type: 'refused', message: (error as Error).message });
}
