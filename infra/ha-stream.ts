import {
  ComponentResource,
  getProject,
  getStack,
  log,
  output,
  RunError,
  type ComponentResourceOptions,
  type Output,
} from '@pulumi/pulumi';
import type { Configuration } from './configuration.ts';
import { discoverStreams } from './discover.ts';
import { checkFixedAtCreation } from './fixed-at-creation.ts';
import { checked, resolved, valueOf, type HaStreamArgs } from './ha-stream-args.ts';
import { planStack, type Owner, type StackPlan } from './stack-plan.ts';
import { readPreviousState, type PreviousState } from './previous-state.ts';
import { readRecord, type RuntimeRecord } from './record.ts';
import { checkVersions } from './requirements.ts';
import { StackResources, type StreamOutputs } from './stack-resources.ts';

type Built = StreamOutputs & { readonly activeRegion: string };

/**
 * A stream that survives the loss of its region: the primary, its warm standby if there is one, the policies for its
 * users, and the alarms. The names of all resources begin with its name; those in a region also contain the region.
 */
export class HaStream extends ComponentResource<Built> {
  /** Null when it is gone. */
  declare readonly primaryStreamOcid: Output<string | null>;
  declare readonly primaryStreamEndpoint: Output<string | null>;
  /** Null until there is a secondary. */
  declare readonly secondaryStreamOcid: Output<string | null>;
  declare readonly secondaryStreamEndpoint: Output<string | null>;
  /** The region that new messages go to, according to the runtime's record. */
  declare readonly activeRegion: Output<string>;

  /**
   * @param name the names of all its resources begin with it
   * @throws RunError with all problems of the arguments, before anything is declared
   */
  constructor(name: string, args: HaStreamArgs, opts?: ComponentResourceOptions) {
    // As inputs of the component they would be written to the state, even by an update that is then refused.
    super('oci-streaming-ha:infra:HaStream', name, carry(checked(name, args)), opts);
    const built = this.getData();
    const outputOf = <Key extends keyof Built>(key: Key) => output(built.then((outputs) => outputs[key]));
    this.primaryStreamOcid = outputOf('primaryStreamOcid');
    this.primaryStreamEndpoint = outputOf('primaryStreamEndpoint');
    this.secondaryStreamOcid = outputOf('secondaryStreamOcid');
    this.secondaryStreamEndpoint = outputOf('secondaryStreamEndpoint');
    this.activeRegion = outputOf('activeRegion');
  }

  /** State and configuration → is the change allowed → discovered streams → plan → resources. */
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
    // The next update reads these (previous-state.ts).
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
): Promise<StackPlan> {
  const record: RuntimeRecord =
    recordFile === undefined ? { warnings: [] } : readRecord(recordFile, configuration);
  const regions = {
    primary: resources.providerOf(configuration.primaryRegion),
    secondary: resources.providerOf(configuration.secondaryRegion),
  };
  // A compartment or pool that does not exist yet has no streams.
  const discovered =
    unknown.size > 0
      ? { primary: {}, secondary: {} }
      : await discoverStreams(configuration, previous, record, regions);
  return planStack(configuration, owner, record, previous, discovered);
}

/** As enumerable properties the arguments would be inputs of the component (see the constructor). */
function carry(args: HaStreamArgs): object {
  return Object.defineProperty({}, 'args', { value: args });
}

const carried = (carrier: object): HaStreamArgs => (carrier as { readonly args: HaStreamArgs }).args;
