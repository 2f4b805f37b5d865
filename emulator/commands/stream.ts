import type { Command } from 'commander';
import { controlCall, number } from './shared-flags.ts';

export function addStreamCommand(program: Command): void {
  program
    .command('stream <region> <name>')
    .description('create a stream without an OCI client; prints its OCID')
    .option('--partitions <number>', 'number of partitions', number, 1)
    .option('--control <url>', 'the control listener (default: OCI_STREAMING_EMULATOR_CONTROL, or port 7100)')
    .action(async (region: string, name: string, flags: { partitions: number; control?: string }) => {
      const details = { name, partitions: flags.partitions };
      const made = await controlCall(
        flags.control,
        'POST',
        `/streams/${encodeURIComponent(region)}`,
        details,
      );
      process.stdout.write(`${(made as { id: string }).id}\n`);
    });
}
