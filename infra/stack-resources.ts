import {
  all,
  ComponentResource,
  output,
  type CustomResourceOptions,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import { Policy } from '@pulumi/oci/identity/policy.js';
import { Alarm } from '@pulumi/oci/monitoring/alarm.js';
import { NotificationTopic } from '@pulumi/oci/ons/notificationTopic.js';
import { Subscription } from '@pulumi/oci/ons/subscription.js';
import type { Provider } from '@pulumi/oci/provider.js';
import { Stream } from '@pulumi/oci/streaming/stream.js';
import { StreamPool } from '@pulumi/oci/streaming/streamPool.js';
import { accessStatements } from './access-statements.ts';
import type { Configuration } from './configuration.ts';
import type { HaStreamArgs } from './ha-stream-args.ts';
import type { AccessPlan, AlarmsPlan, StackPlan, PoolPlan, StreamPlan } from './stack-plan.ts';
import { formerNames, regionalName } from './previous-state.ts';
import { withProgress } from './progress.ts';
import { regionKey } from './regions.ts';
import { regionProvider } from './region-provider.ts';
import { alarmQuery, metricNamespace } from './stream-alarms.ts';

export interface StreamOutputs {
  readonly primaryStreamOcid: Output<string | null>;
  readonly primaryStreamEndpoint: Output<string | null>;
  readonly secondaryStreamOcid: Output<string | null>;
  readonly secondaryStreamEndpoint: Output<string | null>;
}

/**
 * Everything that is fixed at creation, and the tags. Not the name: with another name an adopted stream is another
 * stream.
 */
const leftAsIs = [
  'partitions',
  'retentionInHours',
  'compartmentId',
  'streamPoolId',
  'freeformTags',
  'definedTags',
];

/** The resources of a plan. All decisions are in stack-plan.ts. */
export class StackResources {
  readonly #component: ComponentResource;
  readonly #name: string;
  readonly #args: HaStreamArgs;
  readonly #configuration: Configuration;
  readonly #providers = new Map<string, Provider>();
  readonly #made: Resource[] = [];

  constructor(component: ComponentResource, name: string, args: HaStreamArgs, configuration: Configuration) {
    this.#component = component;
    this.#name = name;
    this.#args = args;
    this.#configuration = configuration;
  }

  /** One provider per region. */
  providerOf(region: string): Provider {
    const made = this.#providers.get(region);
    if (made) return made;
    const provider = regionProvider(`${this.#name}-${region}`, region, this.#component);
    this.#providers.set(region, provider);
    return this.#keep(provider);
  }

  declare(plan: StackPlan & { readonly type: 'build' }): StreamOutputs {
    const primary = this.#stream(plan.primary);
    const secondary = plan.secondary.type === 'declare' ? this.#stream(plan.secondary.stream) : undefined;
    if (plan.access) this.#policies(plan.access, primary, secondary);
    for (const alarms of plan.alarms) {
      const watched = alarms.role === 'primary' ? primary : secondary;
      if (watched) this.#alarms(alarms, watched);
    }
    this.#keep(new Protection(this.#name, this.#component, this.#configuration.protect, [...this.#made]));
    const primaryOutputs = plan.primary.isGone ? nothing : outputsOf(primary);
    const secondaryOutputs = secondaryOutputsOf(plan.secondary, secondary);
    return {
      primaryStreamOcid: primaryOutputs.ocid,
      primaryStreamEndpoint: primaryOutputs.endpoint,
      secondaryStreamOcid: secondaryOutputs.ocid,
      secondaryStreamEndpoint: secondaryOutputs.endpoint,
    };
  }

  #keep<T extends Resource>(resource: T): T {
    this.#made.push(resource);
    return resource;
  }

  #in(region: string): CustomResourceOptions {
    return { parent: this.#component, provider: this.providerOf(region) };
  }

  #stream(plan: StreamPlan): Stream {
    const { role, region, name, partitions, retentionInHours, freeformTags, protect } = plan;
    const stream = new Stream(
      regionalName(this.#name, role, region),
      { name, partitions, retentionInHours, ...this.#place(plan), freeformTags },
      {
        ...this.#in(region),
        protect,
        aliases: formerNames(this.#name, role).map((former) => ({ name: former })),
        ...(plan.import !== undefined && { import: plan.import }),
        ...(plan.isAdopted && { retainOnDelete: true }),
        ...(plan.leaveAsIs && { ignoreChanges: plan.isAdopted ? leftAsIs : [...leftAsIs, 'name'] }),
      },
    );
    const registered = new Promise((resolve) => void stream.urn.apply(resolve));
    void withProgress(`${region} to make, change or show the stream ${name}`, registered, this.#component);
    return this.#keep(stream);
  }

  #place({ role, region, place, freeformTags, protect }: StreamPlan) {
    const { compartmentId, streamPoolId, secondaryStreamPoolId } = this.#args;
    switch (place.type) {
      case 'compartment':
        return { compartmentId };
      case 'given-pool':
        return { streamPoolId: output(role === 'primary' ? streamPoolId : secondaryStreamPoolId) };
      case 'own-pool':
        return { streamPoolId: this.#pool(role, region, place.pool, freeformTags, protect).id };
    }
  }

  #pool(
    role: StreamPlan['role'],
    region: string,
    { name }: PoolPlan,
    freeformTags: StreamPlan['freeformTags'],
    protect: boolean,
  ): StreamPool {
    const given = output(role === 'primary' ? this.#args.primaryPool : this.#args.secondaryPool);
    const settings = given.apply((values) => values ?? {});
    return this.#keep(
      new StreamPool(
        regionalName(this.#name, `${role}-pool`, region),
        {
          name,
          compartmentId: this.#args.compartmentId,
          freeformTags,
          customEncryptionKey: settings.apply(({ kmsKeyId }) =>
            kmsKeyId === undefined ? undefined : { kmsKeyId },
          ),
          privateEndpointSettings: settings.apply(({ subnetId, nsgIds, privateEndpointIp }) =>
            subnetId === undefined
              ? undefined
              : {
                  subnetId,
                  ...(nsgIds !== undefined && { nsgIds: [...nsgIds] }),
                  ...(privateEndpointIp !== undefined && { privateEndpointIp }),
                },
          ),
        },
        { ...this.#in(region), protect },
      ),
    );
  }

  #policies(
    { name, homeRegion, principals }: AccessPlan,
    primary: Stream,
    secondary: Stream | undefined,
  ): void {
    const { compartmentId } = this.#args;
    const statements = all([primary.id, secondary?.id, compartmentId]).apply(
      ([primaryStreamOcid, ocid, compartment]) =>
        accessStatements(principals, {
          compartmentId: compartment,
          primaryStreamOcid,
          secondary:
            ocid === undefined ? { regionKey: regionKey(this.#configuration.secondaryRegion) } : { ocid },
        }),
    );
    const description = 'What oci-streaming-ha needs, and nothing more';
    const freeformTags = this.#configuration.tags;
    this.#keep(
      new Policy(
        regionalName(this.#name, 'access', homeRegion),
        { name, compartmentId, description, statements, freeformTags },
        this.#in(homeRegion),
      ),
    );
  }

  #alarms({ role, region, topicName, email, alarms }: AlarmsPlan, stream: Stream): void {
    const { compartmentId } = this.#args;
    const freeformTags = this.#configuration.tags;
    const options = this.#in(region);
    const named = (what: string) => regionalName(this.#name, what, region);
    const topic = this.#keep(
      new NotificationTopic(
        named(`${role}-alarms`),
        { name: topicName, compartmentId, freeformTags },
        options,
      ),
    );
    if (email !== undefined) {
      const mail = { compartmentId, topicId: topic.id, protocol: 'EMAIL', endpoint: email, freeformTags };
      this.#keep(new Subscription(named(`${role}-alarms-email`), mail, options));
    }
    for (const alarm of alarms) {
      const { name, severity, body, pendingDuration } = alarm;
      this.#keep(
        new Alarm(
          named(name),
          {
            displayName: `${topicName}: ${name}`,
            compartmentId,
            metricCompartmentId: compartmentId,
            namespace: metricNamespace,
            query: stream.id.apply((ocid) => alarmQuery(alarm, ocid)),
            severity,
            body,
            pendingDuration,
            destinations: [topic.id],
            isEnabled: true,
            freeformTags,
          },
          options,
        ),
      );
    }
  }
}

/**
 * Depends on everything, and is protected while the streams are. The engine keeps everything that a protected resource
 * depends on, so a refused `pulumi destroy` deletes nothing at all: neither the policies of running programs nor a
 * provider, without which the state would have pending changes. The engine's refusal shows the name of this resource,
 * so the name says what to do.
 */
class Protection extends ComponentResource {
  constructor(component: string, parent: Resource, protect: boolean, dependsOn: Resource[]) {
    super(
      'oci-streaming-ha:infra:Protection',
      `${component}-protected-until-pulumi-config-set-protect-false-and-pulumi-up`,
      {},
      { parent, protect, dependsOn },
    );
    this.registerOutputs();
  }
}

interface NamedStream {
  readonly ocid: Output<string | null>;
  readonly endpoint: Output<string | null>;
}

const nothing: NamedStream = { ocid: output(null), endpoint: output(null) };

const outputsOf = (stream: Stream): NamedStream => ({ ocid: stream.id, endpoint: stream.messagesEndpoint });

function secondaryOutputsOf(
  plan: (StackPlan & { type: 'build' })['secondary'],
  stream: Stream | undefined,
): NamedStream {
  if (plan.type === 'declare' && stream && !plan.stream.isGone) return outputsOf(stream);
  const known = plan.type === 'declare' ? plan.instead : plan.known;
  return known ? { ocid: output(known.ocid), endpoint: output(known.endpoint) } : nothing;
}
