import { openConsumer } from '../../../runtime/wiring/index.ts';

// A process that handles messages until one says that it is to hang. It is killed from outside.
const consumer = await openConsumer({ groupTimeoutMs: 1_000 });
for await (const message of consumer) {
  process.stdout.write(`${message.text()}\n`);
  if (message.text() === process.argv[2]) await new Promise(() => {});
}
