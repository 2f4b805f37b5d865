import { Option, type Command } from 'commander';

import { thrownInWords } from '../../errors.ts';
import { outboxDirectory, outboxIsThere, quietly } from '../../outbox/index.ts';
import type { SlotView } from '../../outbox/inspect.ts';
import { processesOf, readRecordedState, type RecordedState, type SeenProcess } from '../../record/index.ts';
import { COMMAND_LINE, type SettingName, type Settings } from '../../settings/index.ts';
import type { Connection } from '../../wiring/index.ts';
import { EXIT } from '../exit-codes.ts';
import { duration } from '../flag-values.ts';
import { givenSettings, newCommand, OF_STREAMS } from '../new-command.ts';
import { openSession, outputIsWritten, type LogFlags, type Session } from '../session.ts';
import { checkRegions } from './check-regions.ts';
import { judge, VERDICT_CODES, type Judged, type RegionAnswer, type RegionSeen } from './verdict.ts';

/** The settings that matter to this command. */
const SETTINGS: readonly SettingName[] = [...OF_STREAMS, 'requestTimeoutMs'];

interface StatusFlags extends LogFlags {
  readonly output: 'text' | 'json';
  /** Milliseconds between two looks. */
  readonly watch?: number;
}

const EXAMPLES = [
  ['status', 'which region is active, how both are, and which processes use them'],
  ['status --output json', 'one JSON object, for programs'],
  ['status --watch 5s', 'again every five seconds, until interrupted'],
] as const;

/** Each look is several calls to each region. */
const SHORTEST_WATCH_MS = 100;

export function statusCommand(): Command {
  const about = 'tell which region is active, what each region answers, and which processes write where';
  return newCommand('status', about, EXAMPLES, SETTINGS, (command) =>
    command
      .addOption(new Option('--output <format>', 'on stdout (default text)').choices(['text', 'json']))
      .addOption(
        new Option('--watch [duration]', 'look again so often (default 2s)')
          .preset('2s')
          .argParser(duration(SHORTEST_WATCH_MS)),
      )
      .action(async (flags: StatusFlags) => {
        process.exitCode = await run({ ...flags, output: flags.output ?? 'text' });
      }),
  );
}

/** Prints the status once, or again and again; gives the exit code of the last verdict. */
async function run(flags: StatusFlags): Promise<number> {
  const session = openSession('status', flags);
  // Loads the OCI SDK, which takes long and which the other commands do not need.
  const { connect } = await import('../../wiring/index.ts');
  const { signal } = session.interruption;
  const given = givenSettings(flags, SETTINGS);
  const connection = await connect(given, COMMAND_LINE, { signal, listener: session.log.event });
  const { primary, secondary } = connection;
  try {
    for (;;) {
      const code = await show(connection, flags, session);
      if (session.stdout.lost !== undefined) return session.stdout.readerIsGone ? code : EXIT.failed;
      if (signal.aborted) return session.interruption.exitCode ?? code;
      if (flags.watch === undefined) return code;
      await session.clock.sleep(flags.watch, { signal }).catch(() => {});
      if (signal.aborted) return code;
    }
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}

interface Status extends Judged {
  readonly time: string;
  readonly exitCode: number;
  readonly active: string;
  readonly activeRegion: string;
  readonly activeBecause: RecordedState['because'];
  readonly activeSince: string | null;
  readonly recordFile: string;
  readonly regions: readonly RegionSeen[];
  readonly processes: readonly SeenProcess[];
  readonly outbox: OutboxSeen;
}

interface OutboxSeen {
  readonly directory: string;
  /** Null: it cannot be read. Those of a damaged file are not counted. */
  readonly messages: number | null;
  readonly problem: string | null;
}

async function show(connection: Connection, flags: StatusFlags, session: Session): Promise<number> {
  const { settings, environment } = connection;
  const { signal } = session.interruption;
  const { recordFile } = settings;
  const recorded = await readRecordedState({ file: recordFile, environment, settings, emit: () => {} });
  const [primary, secondary] = await checkRegions({ ...connection, recorded }, signal);
  const processes = processesOf(recordFile);
  const { active, because } = recorded;
  const judged = judge(active, primary, secondary, processes);
  const status: Status = {
    time: new Date(session.clock.wall()).toISOString(),
    ...judged,
    exitCode: VERDICT_CODES[judged.verdict],
    active,
    activeRegion: active === 'primary' ? settings.primaryRegion : settings.secondaryRegion,
    activeBecause: because,
    activeSince: recorded.record.activeSince ?? null,
    recordFile,
    regions: [primary, secondary],
    processes,
    outbox: await outboxOf(settings),
  };
  session.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(status)}\n` : asText(status, flags.watch !== undefined),
  );
  await outputIsWritten(session, signal, settings.closeTimeoutMs);
  return status.exitCode;
}

const BECAUSE = {
  record: 'the record says so',
  environment: 'the environment names a secondary stream',
  'nothing-recorded': 'no switch is recorded',
} as const satisfies Record<RecordedState['because'], string>;

function asText(status: Status, isRepeated: boolean): string {
  const since = status.activeSince === null ? '' : ` since ${status.activeSince}`;
  const lines = [
    ...(isRepeated ? [status.time] : []),
    `verdict   ${status.verdict}: ${status.because}`,
    `active    ${status.activeRegion} (${status.active})${since}, because ${BECAUSE[status.activeBecause]}`,
    `record    ${status.recordFile}`,
    ...status.regions.flatMap(regionLines),
    ...(status.processes.length === 0 ? ['processes none on this machine with this record'] : []),
    ...status.processes.map(processLine),
    ...outboxLines(status.outbox),
  ];
  return `${lines.join('\n')}\n${isRepeated ? '\n' : ''}`;
}

/** What waits on disk. The module that reads it is loaded only where there is something to read. */
async function outboxOf(settings: Settings): Promise<OutboxSeen> {
  const directory = outboxDirectory(settings);
  try {
    if (!outboxIsThere(directory)) return { directory, messages: 0, problem: null };
    const { viewsOf } = await quietly(() => import('../../outbox/inspect.ts'));
    const slots = viewsOf(directory);
    const messages = slots.reduce((sum, slot) => sum + slot.messages, 0);
    const [problem = null] = slots.flatMap(problemsOf);
    return { directory, messages, problem };
  } catch (error) {
    // Another user's, or no directory: it says nothing about the regions.
    return { directory, messages: null, problem: thrownInWords(error).replace(/\.$/, '') };
  }
}

function problemsOf({ directory, problem }: SlotView): string[] {
  switch (problem?.type) {
    case undefined:
      return [];
    case 'damaged':
      return [`${directory} is damaged; \`outbox send\` recovers what is readable`];
    case 'unusable':
      return [`${directory} cannot be used: ${problem.because}`];
  }
}

function outboxLines({ directory, messages, problem }: OutboxSeen): string[] {
  const wait = messages === 1 ? '1 message waits' : `${messages} messages wait`;
  const lines = [
    ...(problem === null ? [] : [problem]),
    ...(messages === null || messages === 0 ? [] : [`${wait} in ${directory}: \`outbox status\` says more`]),
  ];
  return (lines.length === 0 ? ['no message waits'] : lines).map((line) => `outbox    ${line}`);
}

function regionLines({ role, region, stream, isAbsent, control, data }: RegionSeen): string[] {
  const indent = ' '.repeat(10);
  const what =
    stream === null
      ? isAbsent
        ? 'no stream'
        : 'stream not known'
      : `${stream.name ?? 'stream'} ${stream.state ?? 'state not known'}`;
  return [
    `${role.padEnd(10)}${region}: ${what}`,
    `${indent}messages endpoint: ${inWords(data)}`,
    `${indent}control plane: ${inWords(control)}`,
    ...(stream === null ? [] : [`${indent}OCID: ${stream.ocid}`, `${indent}Endpoint: ${stream.endpoint}`]),
  ];
}

function inWords(answer: RegionAnswer): string {
  switch (answer.type) {
    case 'answered':
      return 'answers';
    case 'down':
      return `down (${answer.words})`;
    case 'refused':
    case 'not-asked':
      return answer.words;
  }
}

function processLine({ pid, component, region, since, liveness, machine }: SeenProcess): string {
  const does = component === 'consumer' ? 'reads from' : 'writes to';
  const where = liveness === 'running' ? '' : ` (on ${machine.split(' ')[0]}, not asked from here)`;
  return `process   ${component} ${pid} ${does} ${region ?? 'no region'} since ${since}${where}`;
}
