import { describe } from 'vitest';
import { go } from './clients.ts';
import { describeContract } from './contract.ts';

const client = go();

describe.skipIf(client === undefined)('the Go SDK', () => {
  if (client !== undefined) describeContract(client);
});
