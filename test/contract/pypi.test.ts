import { describe } from 'vitest';
import { pypi } from './clients.ts';
import { describeContract } from './contract.ts';

const client = pypi();

describe.skipIf(client === undefined)("PyPI's oci", () => {
  if (client !== undefined) describeContract(client);
});
