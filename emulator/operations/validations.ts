import * as v from 'valibot';
import { putMessagesBody } from './put-messages-body.ts';
import {
  type Check,
  integer,
  integerText,
  optional,
  SecurityAttributes,
  schemaCheck,
  Tags,
  text,
  Time,
} from './schemas.ts';

const Cursor = v.object({ cursor: text(16_384) });
const CompartmentChange = schemaCheck('body', v.object({ compartmentId: text(255) }));
const State = optional(v.pipe(v.string(), v.toUpperCase()));
const SortOrder = optional(v.picklist(['ASC', 'DESC']));
const Page = { limit: optional(integerText(1, 50)), page: optional(text(4_096)), sortOrder: SortOrder };
const ResourceList = {
  ...Page,
  sortBy: optional(v.picklist(['NAME', 'TIMECREATED'])),
  lifecycleState: State,
};
const NamedList = { id: optional(text(255)), name: optional(text(255)), ...ResourceList };
const KafkaSettings = optional(
  v.object({
    bootstrapServers: optional(text(255)),
    autoCreateTopicsEnable: optional(v.boolean()),
    // The ranges are those of a stream. (unconfirmed)
    logRetentionHours: optional(integer(24, 168)),
    numPartitions: optional(integer(1, 1_000_000)),
  }),
);
const EncryptionKey = optional(v.object({ kmsKeyId: text(255) }));

/** Some clients send no body instead of `{}`. So the body itself is optional where every field is. */
function allOptional<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.unknown(),
    v.transform((given) => (given === undefined ? {} : given)),
    v.object(entries),
  );
}

/** The checks of each operation. A part (query, body) without a check is ignored. */
export const validations = {
  CreateStream: {
    body: schemaCheck(
      'body',
      v.object({
        name: text(255),
        // The service's limit is that of the tenancy. This one keeps a typing error from filling the memory.
        partitions: integer(1, 10_000),
        compartmentId: optional(text(255)),
        streamPoolId: optional(text(255)),
        retentionInHours: optional(integer(24, 168)),
        ...Tags,
      }),
    ),
  },
  GetStream: {},
  ListStreams: {
    query: schemaCheck(
      'query',
      v.object({
        compartmentId: optional(text(255)),
        streamPoolId: optional(text(255)),
        ...NamedList,
      }),
    ),
  },
  UpdateStream: { body: schemaCheck('body', allOptional({ streamPoolId: optional(text(255)), ...Tags })) },
  DeleteStream: {},
  ChangeStreamCompartment: { body: CompartmentChange },

  CreateStreamPool: {
    body: schemaCheck(
      'body',
      v.object({
        compartmentId: text(255),
        name: text(255),
        kafkaSettings: KafkaSettings,
        customEncryptionKeyDetails: EncryptionKey,
        privateEndpointDetails: optional(
          v.object({
            subnetId: optional(text(255)),
            privateEndpointIp: optional(v.pipe(v.string(), v.ipv4())),
            nsgIds: optional(v.pipe(v.array(text(255)), v.maxLength(5))),
          }),
        ),
        securityAttributes: SecurityAttributes,
        ...Tags,
      }),
    ),
  },
  GetStreamPool: {},
  ListStreamPools: { query: schemaCheck('query', v.object({ compartmentId: text(255), ...NamedList })) },
  UpdateStreamPool: {
    body: schemaCheck(
      'body',
      allOptional({
        name: optional(text(255)),
        kafkaSettings: KafkaSettings,
        customEncryptionKeyDetails: EncryptionKey,
        securityAttributes: SecurityAttributes,
        ...Tags,
      }),
    ),
  },
  DeleteStreamPool: {},
  ChangeStreamPoolCompartment: { body: CompartmentChange },

  CreateConnectHarness: {
    body: schemaCheck('body', v.object({ compartmentId: text(255), name: text(255), ...Tags })),
  },
  GetConnectHarness: {},
  ListConnectHarnesses: { query: schemaCheck('query', v.object({ compartmentId: text(255), ...NamedList })) },
  UpdateConnectHarness: { body: schemaCheck('body', allOptional(Tags)) },
  DeleteConnectHarness: {},
  ChangeConnectHarnessCompartment: { body: CompartmentChange },

  GetWorkRequest: {},
  ListWorkRequests: {
    query: schemaCheck(
      'query',
      v.object({
        compartmentId: optional(text(255)),
        workRequestId: optional(text(255)),
        resourceId: optional(text(255)),
        ...Page,
        sortBy: optional(v.literal('TIMEACCEPTED')),
      }),
    ),
  },
  ListWorkRequestErrors: { query: schemaCheck('query', v.object(Page)) },
  ListWorkRequestLogs: { query: schemaCheck('query', v.object(Page)) },

  PutMessages: { body: putMessagesBody },
  GetMessages: {
    query: schemaCheck('query', v.object({ ...Cursor.entries, limit: optional(integerText(1, 10_000)) })),
  },
  CreateCursor: {
    body: schemaCheck(
      'body',
      v.object({
        partition: text(16),
        type: v.picklist(['AFTER_OFFSET', 'AT_OFFSET', 'AT_TIME', 'LATEST', 'TRIM_HORIZON']),
        offset: optional(integer(0, Number.MAX_SAFE_INTEGER)),
        time: optional(Time),
      }),
    ),
  },
  CreateGroupCursor: {
    body: schemaCheck(
      'body',
      v.object({
        type: v.picklist(['AT_TIME', 'LATEST', 'TRIM_HORIZON']),
        time: optional(Time),
        groupName: text(255),
        instanceName: optional(text(255)),
        // The minimum is (unconfirmed); the service accepted 1000.
        timeoutInMs: optional(integer(1, 24 * 3_600_000)),
        commitOnGet: optional(v.boolean()),
      }),
    ),
  },
  ConsumerCommit: { query: schemaCheck('query', Cursor) },
  ConsumerHeartbeat: { query: schemaCheck('query', Cursor) },
  GetGroup: {},
  UpdateGroup: {
    body: schemaCheck(
      'body',
      allOptional({
        type: optional(v.picklist(['AT_TIME', 'LATEST', 'TRIM_HORIZON'])),
        time: optional(Time),
      }),
    ),
  },
} satisfies Record<string, { readonly query?: Check<unknown>; readonly body?: Check<unknown> }>;

type Validations = typeof validations;
export type OperationName = keyof Validations;
export type QueryOf<N extends OperationName> = Validations[N] extends { query: Check<infer Q> }
  ? Q
  : undefined;
export type BodyOf<N extends OperationName> = Validations[N] extends { body: Check<infer B> } ? B : undefined;
