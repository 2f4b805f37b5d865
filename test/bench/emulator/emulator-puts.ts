// How many messages a second the emulator takes, in batches of 1,000 messages of 100 bytes, from four connections, and
// how many a server would that only reads and answers them: node test/bench/emulator/emulator-puts.ts
// Both share the machine with this client.
import { BARE_SERVER, EMULATOR, messagesPerSecond, openPutter } from './puts.ts';

await using bare = await openPutter(BARE_SERVER);
await using emulator = await openPutter(EMULATOR);
const [without = 0, taken = 0] = await messagesPerSecond([bare, emulator], 9, 200);
const rate = (value: number): string => Math.round(value).toLocaleString('en').padStart(9);
process.stdout.write(`bare server ${rate(without)} messages a second\n`);
process.stdout.write(
  `emulator    ${rate(taken)} messages a second, ${(taken / without).toFixed(2)} of that\n`,
);
