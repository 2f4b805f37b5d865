import type { Command } from 'commander';
import type { FaultRule } from '../faults/fault-rule.ts';
import { UsageError } from '../options.ts';
import { controlCall, duration, number } from './shared-flags.ts';

interface FaultFlags {
  readonly operation?: string[];
  readonly status?: number;
  readonly code?: string;
  readonly latency?: number;
  readonly hang?: true;
  readonly refuse?: true;
  readonly reset?: 'before' | 'after';
  readonly truncate?: number;
  readonly probability?: number;
  readonly count?: number;
  readonly for?: number;
  readonly rule?: string;
  readonly add?: true;
  readonly clear?: true;
  readonly control?: string;
}

export function addFaultCommand(program: Command): void {
  program
    .command('fault <region>')
    .description('let calls to a region go wrong, or --clear')
    .option('--operation <names>', 'only these operations, separated by commas', (text) => text.split(','))
    .option('--status <number>', 'answer with this status', number)
    .option('--code <code>', 'and this code in the body')
    .option('--latency <duration>', 'wait before answering', duration)
    .option('--hang', 'never answer')
    .option('--refuse', 'refuse connections')
    .option('--reset <when>', 'cut the connection before or after the call is handled')
    .option('--truncate <bytes>', 'send only so much of the body', number)
    .option('--probability <p>', 'of each call, 0 to 1', number)
    .option('--count <n>', 'so many times', number)
    .option('--for <duration>', 'for so long', duration)
    .option('--rule <json>', 'a whole rule, or an array of them, as JSON')
    .option('--add', 'keep the rules that are there')
    .option('--clear', 'no more faults')
    .option('--control <url>', 'the control listener (default: OCI_STREAMING_EMULATOR_CONTROL, or port 7100)')
    .addHelpText(
      'after',
      `
For example:
  fault sa-saopaulo-1 --refuse                         every connection is refused
  fault sa-saopaulo-1 --status 503 --for 30s           errors for a while
  fault sa-saopaulo-1 --latency 1500ms                 slow
  fault sa-saopaulo-1 --reset after --operation PutMessages   stored, and the answer is lost
  fault sa-saopaulo-1 --rule '{"reads":{"status":500,"partition":"0"}}'   one partition
  fault sa-saopaulo-1 --clear                          all well again`,
    )
    .action(fault);
}

async function fault(region: string, flags: FaultFlags): Promise<void> {
  const clear = flags.clear === true;
  const method = clear ? 'DELETE' : flags.add === true ? 'POST' : 'PUT';
  const rules = clear ? undefined : rulesOf(flags);
  await controlCall(flags.control, method, `/faults/${encodeURIComponent(region)}`, rules);
  process.stdout.write(`${region}: ${clear ? 'no faults' : JSON.stringify(rules)}\n`);
}

function rulesOf(flags: FaultFlags): unknown {
  if (flags.rule !== undefined) {
    try {
      return JSON.parse(flags.rule);
    } catch {
      throw new UsageError('--rule is not JSON');
    }
  }
  const { operation, status, code, latency, hang, refuse, reset, truncate, probability, count } = flags;
  const rule = {
    operation,
    status,
    code,
    latencyMs: latency,
    hang,
    refuse,
    reset,
    truncate,
    probability,
    count,
  };
  return Object.fromEntries(
    Object.entries({ ...rule, forMs: flags.for }).filter(([, value]) => value !== undefined),
  ) as FaultRule;
}
