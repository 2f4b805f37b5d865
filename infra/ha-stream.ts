import {
  ComponentResource,
  getProject,
  getStack,
  log,
  output,
  Output,
  RunError,
  type ComponentResourceOptions,
  type Input,
} from '@pulumi/pulumi';
import { checkConfiguration, type Configuration, type GivenConfiguration } from './configuration.ts';
import { discoverStreams } from './discover.ts';
import { checkFixedAtCreation } from './fixed-at-creation.ts';
import { hasPrincipals, planStack, type Owner, type Plan } from './plan.ts';
import { readPreviousState, type PreviousState } from './previous-state.ts';
import { readRecord, type RuntimeRecord } from './record.ts';
import { regionKey } from './region-key.ts';
import { checkVersions } from './requirements.ts';
import { StackResources, type StreamOutputs } from './stack-resources.ts';

/** What may come from another resource of the program. */
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

/** What is not known before the update, as a preview has to check it. */
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

/** The keys of Pulumi.yaml (`config:` has them with default and meaning), and where the runtime keeps its record. */
export interface HaStreamArgs extends Omit<GivenConfiguration, LateKey>, LateArgs {
  /** OCID of the compartment that holds the streams. */
  readonly compartmentId: Input<string>;
  /** Path of the `stream.properties` that the programs that write to this stream keep. Default: there is none. */
  readonly recordFile?: string;
}

type Built = StreamOutputs & { readonly activeRegion: string };

/**
 * A stream that survives the loss of its region: the primary, its warm standby when there is one, who may use them, and the
 * alarms on them. Everything in it is named after it, and what belongs to a region has that in its name.
 */
export class HaStream extends ComponentResource<Built> {
  /** Null when it is known to be gone. */
  declare readonly primaryStreamOcid: Output<string | null>;
  declare readonly primaryStreamEndpoint: Output<string | null>;
  /** Null until there is a secondary. */
  declare readonly secondaryStreamOcid: Output<string | null>;
  declare readonly secondaryStreamEndpoint: Output<string | null>;
  /** The region that new messages go to, by the record of the runtime. */
  declare readonly activeRegion: Output<string>;

  /**
   * @param name of the component; the names of all that it makes begin with it
   * @throws RunError with everything that is wrong with the arguments, before anything is declared
   */
  constructor(name: string, args: HaStreamArgs, opts?: ComponentResourceOptions) {
    // As inputs of the component they would be written into the state even by an update that is then refused.
    super('oci-streaming-ha:infra:HaStream', name, carry(checked(name, args)), opts);
    const built = this.getData();
    const told = <Key extends keyof Built>(key: Key) => output(built.then((outputs) => outputs[key]));
    this.primaryStreamOcid = told('primaryStreamOcid');
    this.primaryStreamEndpoint = told('primaryStreamEndpoint');
    this.secondaryStreamOcid = told('secondaryStreamOcid');
    this.secondaryStreamEndpoint = told('secondaryStreamEndpoint');
    this.activeRegion = told('activeRegion');
  }

  /** State and configuration → is this allowed → what is there → plan → resources. */
  protected override async initialize(carrier: object, _opts: unknown, name: string): Promise<Built> {
    const args = carried(carrier);
    await checkVersions();
    const { configuration, unknown } = await resolved(name, args);
    const owner = { stack: `${getProject()}/${getStack()}`, component: name };
    const previous = await readPreviousState(await valueOf(this.urn));
    const fixed = checkFixedAtCreation(configuration, previous, owner.stack, unknown);
    if (fixed.type === 'refuse') throw new RunError(fixed.because);
    const resources = new StackResources(this, name, args, configuration);
    const plan = await planned(configuration, owner, previous, resources, args, unknown);
    if (plan.type === 'refuse') throw new RunError(plan.because);
    const done = fixed.warnings.filter(({ inAnyCase, ocid }) => inAnyCase || !plan.untouched.has(ocid));
    for (const warning of [...done.map(({ words }) => words), ...plan.warnings])
      await log.warn(warning, this);
    const outputs = resources.declare(plan);
    const { primaryRegion, secondaryRegion, protect } = configuration;
    // What the next update has to know of this one, beside the resources (previous-state.ts).
    this.registerOutputs({ ...outputs, primaryRegion, secondaryRegion, protect });
    return { ...outputs, activeRegion: plan.activeRegion };
  }
}

async function planned(
  configuration: Configuration,
  owner: Owner,
  previous: PreviousState,
  resources: StackResources,
  { recordFile }: HaStreamArgs,
  unknown: ReadonlySet<string>,
): Promise<Plan> {
  const record: RuntimeRecord =
    recordFile === undefined ? { warnings: [] } : readRecord(recordFile, configuration);
  const regions = {
    primary: resources.providerOf(configuration.primaryRegion),
    secondary: resources.providerOf(configuration.secondaryRegion),
  };
  // In a compartment or a pool that is still to be made there can be no stream.
  const discovered =
    unknown.size > 0
      ? { primary: {}, secondary: {} }
      : await discoverStreams(configuration, previous, record, regions);
  return planStack(configuration, owner, record, previous, discovered);
}

/** @throws RunError with everything that is wrong with what is known by now */
function checked(name: string, args: HaStreamArgs): HaStreamArgs {
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

async function resolved(
  name: string,
  args: HaStreamArgs,
): Promise<{ configuration: Configuration; unknown: ReadonlySet<string> }> {
  const unknown = new Set<string>();
  const values = await Promise.all(
    lateKeys.map(async (key) => {
      const value = output<unknown>(args[key]);
      // Not in the published type; without it there is no way to ask whether a preview knows a value.
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
    // Only policies want the key, and a region too new for the SDK is no reason to refuse a stack without them.
    if (hasPrincipals(configuration.access)) regionKey(configuration.secondaryRegion);
    return configuration;
  } catch (error) {
    // A RunError is shown as its sentence; any other error with a stack trace.
    throw error instanceof Error ? new RunError(error.message) : error;
  }
}

const valueOf = <T>(value: Output<T>): Promise<T> => new Promise((resolve) => void value.apply(resolve));

/** As enumerable properties the arguments would be inputs of the component, and in the state by an update that is refused. */
function carry(args: HaStreamArgs): object {
  return Object.defineProperty({}, 'args', { value: args });
}

const carried = (carrier: object): HaStreamArgs => (carrier as { readonly args: HaStreamArgs }).args;
