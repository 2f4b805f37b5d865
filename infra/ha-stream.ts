import { all, ComponentResource, output, type Output, type Resource } from '@pulumi/pulumi';
import { Policy } from '@pulumi/oci/identity/policy.js';
import { Alarm } from '@pulumi/oci/monitoring/alarm.js';
import { NotificationTopic } from '@pulumi/oci/ons/notificationTopic.js';
import { Subscription } from '@pulumi/oci/ons/subscription.js';
import type { Provider } from '@pulumi/oci/provider.js';
import { Stream } from '@pulumi/oci/streaming/stream.js';
import type { AccessPlan } from './access-plan.ts';
import { accessStatements } from './access-statements.ts';
import type { AlarmsPlan } from './alarms-plan.ts';
import type { Plan } from './plan.ts';
import { alarmQuery, metricNamespace } from './stream-alarms.ts';
import type { StreamPlan } from './stream-plan.ts';

/** The plan as resources, one for one: every decision was taken in plan.ts. */
export class HaStream extends ComponentResource {
  readonly primaryStreamOcid: Output<string>;
  readonly primaryStreamEndpoint: Output<string>;
  /** Null until there is a secondary. */
  readonly secondaryStreamOcid: Output<string | null>;
  readonly secondaryStreamEndpoint: Output<string | null>;

  readonly #providerOf: (region: string) => Provider;
  readonly #tags: Readonly<{ [key: string]: string }>;

  /** @param providerOf the one provider of a region */
  constructor(name: string, plan: Plan & { do: 'build' }, providerOf: (region: string) => Provider) {
    super('oci-streaming-ha:infra:HaStream', name);
    this.#providerOf = providerOf;
    this.#tags = plan.tags;

    const primary = this.#stream(plan.primary);
    const secondary = plan.secondary.do === 'declare' ? this.#stream(plan.secondary.stream) : undefined;
    const known = plan.secondary.do === 'report' ? plan.secondary.known : undefined;
    this.primaryStreamOcid = primary.id;
    this.primaryStreamEndpoint = primary.messagesEndpoint;
    this.secondaryStreamOcid = secondary?.id ?? output(known?.ocid ?? null);
    this.secondaryStreamEndpoint = secondary?.messagesEndpoint ?? output(known?.endpoint ?? null);

    if (plan.access) this.#policies(plan.access, primary, secondary);
    for (const alarms of plan.alarms) {
      const watched = alarms.role === 'primary' ? primary : secondary;
      if (watched) this.#alarms(alarms, watched);
    }
    this.registerOutputs();
  }

  #stream(plan: StreamPlan): Stream {
    const { role, region, name, partitions, retentionInHours, place, freeformTags, protect } = plan;
    return new Stream(
      role,
      { name, partitions, retentionInHours, ...place, freeformTags },
      {
        parent: this,
        provider: this.#providerOf(region),
        protect,
        ...(plan.adopt !== undefined && { import: plan.adopt, retainOnDelete: true }),
        ...(plan.leaveAsIs && {
          ignoreChanges: [
            'name',
            'partitions',
            'retentionInHours',
            'compartmentId',
            'freeformTags',
            'definedTags',
          ],
        }),
      },
    );
  }

  #policies(plan: AccessPlan, primary: Stream, secondary: Stream | undefined): Policy {
    const { compartmentId, principals, secondaryRegionKey } = plan;
    const statements = all([primary.id, secondary?.id]).apply(([primaryStreamOcid, ocid]) =>
      accessStatements(principals, {
        compartmentId,
        primaryStreamOcid,
        secondary: ocid === undefined ? { regionKey: secondaryRegionKey } : { ocid },
      }),
    );
    const description = 'What oci-streaming-ha needs, and nothing more';
    return new Policy(
      'access',
      { name: plan.name, compartmentId, description, statements, freeformTags: this.#tags },
      { parent: this, provider: this.#providerOf(plan.homeRegion) },
    );
  }

  #alarms(plan: AlarmsPlan, stream: Stream): Resource[] {
    const { compartmentId, topicName, email, role } = plan;
    const options = { parent: this, provider: this.#providerOf(plan.region) };
    const freeformTags = this.#tags;
    const topic = new NotificationTopic(
      `${role}-alarms`,
      { name: topicName, compartmentId, freeformTags },
      options,
    );
    const mail = { compartmentId, topicId: topic.id, protocol: 'EMAIL', freeformTags };
    const alarms = plan.alarms.map((alarm) => {
      const { name, severity, body, pendingDuration } = alarm;
      const query = stream.id.apply((ocid) => alarmQuery(alarm, ocid));
      return new Alarm(
        name,
        {
          displayName: `${topicName}: ${name}`,
          compartmentId,
          metricCompartmentId: compartmentId,
          namespace: metricNamespace,
          query,
          severity,
          body,
          pendingDuration,
          destinations: [topic.id],
          isEnabled: true,
          freeformTags,
        },
        options,
      );
    });
    if (email === undefined) return [topic, ...alarms];
    return [
      topic,
      new Subscription(`${role}-alarms-email`, { ...mail, endpoint: email }, options),
      ...alarms,
    ];
  }
}
