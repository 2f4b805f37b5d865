// The least that a server of puts in JSON can do: read, parse, answer an entry a message. It stores nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { messages = [] } = JSON.parse(Buffer.concat(chunks).toString()) as { messages?: object[] };
    const timestamp = new Date().toISOString();
    const entries = messages.map((_, offset) => ({ partition: '0', offset, timestamp }));
    response.end(JSON.stringify({ id: 'bare', failures: 0, entries }));
  });
});
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ regions: { 'sa-saopaulo-1': url } })}\n`);
});
