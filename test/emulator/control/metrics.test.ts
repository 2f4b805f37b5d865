import { expect, test } from 'vitest';
import { activeStream, base64, openBench } from '../client.ts';
import { ask } from './ask.ts';

test('metrics count messages and bytes, also of a stream whose name has quotes in it', async () => {
  await using bench = await openBench();
  const name = 'a "quoted"\\name\nof two lines';
  const { id } = await activeStream(bench, { partitions: 1, name });
  const messages = [{ key: base64('key'), value: base64('value') }];
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  const { text } = await ask(bench.emulator, 'GET', '/metrics');
  const labels = `region="sa-saopaulo-1",stream="a \\"quoted\\"\\\\name\\nof two lines",streamId="${id}",partition="0"`;
  expect(text).toContain(`\noci_streaming_emulator_messages{${labels}} 1\n`);
  expect(text).toContain(`\noci_streaming_emulator_bytes{${labels}} 8\n`);
});
