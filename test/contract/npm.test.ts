import { describe } from 'vitest';
import { npm } from './clients.ts';
import { describeContract } from './contract.ts';

describe("npm's oci-streaming", () => {
  describeContract(npm);
});
