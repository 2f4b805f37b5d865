import { output, Output, RunError, type Input } from '@pulumi/pulumi';
import { hasPrincipals } from './access-statements.ts';
import type { Configuration, GivenConfiguration } from './configuration.ts';
import { checkConfiguration } from './read-configuration.ts';
import { regionKey } from './regions.ts';

/** Arguments that may be outputs of other resources. */
const lateKeys = [
  'compartmentId',
  'streamPoolId',
  'secondaryStreamPoolId',
  'primaryPool',
  'secondaryPool',
] as const;
type LateKey = (typeof lateKeys)[number];
type InputsOf<T> = T extends object
  ? { readonly [Key in keyof T]: Input<NonNullable<T[Key]>> | undefined }
  : T;

/** Placeholders for values that are not known in a preview. */
const notKnownYet: Required<Pick<GivenConfiguration, LateKey>> = {
  compartmentId: 'ocid1.compartment.oc1..notknownyet',
  streamPoolId: 'ocid1.streampool.oc1..notknownyet',
  secondaryStreamPoolId: 'ocid1.streampool.oc1..notknownyet',
  primaryPool: { kmsKeyId: 'ocid1.key.oc1..notknownyet' },
  secondaryPool: { kmsKeyId: 'ocid1.key.oc1..notknownyet' },
};

type LateArgs = {
  readonly [Key in LateKey]?: Input<InputsOf<NonNullable<GivenConfiguration[Key]>>> | undefined;
};

/** The keys of Pulumi.yaml (`config:` describes them), and the runtime's record. */
export interface HaStreamArgs extends Omit<GivenConfiguration, LateKey>, LateArgs {
  /** OCID of the compartment that holds the streams. */
  readonly compartmentId: Input<string>;
  /** Path of the `stream.properties` of the programs that use this stream. Default: none. */
  readonly recordFile?: string;
}

/** @throws RunError with all problems of the values that are known already */
export function checked(name: string, args: HaStreamArgs): HaStreamArgs {
  const early = Object.entries(args).filter(([key]) => !lateKeys.some((late) => late === key));
  for (const [key, value] of early) {
    if (!isLate(value)) continue;
    throw new RunError(
      `${key} of new HaStream('${name}', …) is an output of another resource; what is made depends on it, so it must be known when the program runs.`,
    );
  }
  const known = lateKeys.map((key) => [key, isLate(args[key]) ? notKnownYet[key] : args[key]]);
  configurationOf(name, { ...args, ...Object.fromEntries(known) } as HaStreamArgs);
  return args;
}

function isLate(value: unknown): boolean {
  if (Output.isInstance(value) || value instanceof Promise) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(isLate);
}

export async function resolved(
  name: string,
  args: HaStreamArgs,
): Promise<{ configuration: Configuration; unknown: ReadonlySet<string> }> {
  const unknown = new Set<string>();
  const values = await Promise.all(
    lateKeys.map(async (key) => {
      const value = output<unknown>(args[key]);
      // Not in the published type, but the only way to tell whether a preview knows a value.
      if (await (value as unknown as { readonly isKnown: Promise<boolean> }).isKnown)
        return [key, await valueOf(value)];
      unknown.add(key);
      return [key, notKnownYet[key]];
    }),
  );
  const configuration = configurationOf(name, { ...args, ...Object.fromEntries(values) } as HaStreamArgs);
  return { configuration, unknown };
}

function configurationOf(name: string, args: HaStreamArgs): Configuration {
  const set = Object.entries(args).filter(([key, value]) => key !== 'recordFile' && value !== undefined);
  try {
    const configuration = checkConfiguration(Object.fromEntries(set) as GivenConfiguration, name);
    // Only policies need the key: without them, a region that the SDK does not know is allowed.
    if (hasPrincipals(configuration.access)) regionKey(configuration.secondaryRegion);
    return configuration;
  } catch (error) {
    // Pulumi shows a RunError as a sentence, any other error with a stack trace.
    throw error instanceof Error ? new RunError(error.message) : error;
  }
}

export const valueOf = <T>(value: Output<T>): Promise<T> =>
  new Promise((resolve) => void value.apply(resolve));
