import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';

test('a grant that says nothing is named', async () => {
  await expect(startEmulator({ users: { a: ['use everything'] } })).rejects.toThrow(
    'users: a: "use everything" is not a grant',
  );
});
