import * as v from 'valibot';
import { putDetails } from './put-messages-body.ts';
import {
  type Check,
  integer,
  integerText,
  maybe,
  SecurityAttributes,
  shape,
  Tags,
  text,
  Time,
} from './schemas.ts';

const Cursor = v.object({ cursor: text(16_384) });
const CompartmentChange = shape('body', v.object({ compartmentId: text(255) }));
const State = maybe(v.pipe(v.string(), v.toUpperCase()));
const SortOrder = maybe(v.picklist(['ASC', 'DESC']));
const Page = { limit: maybe(integerText(1, 50)), page: maybe(text(4_096)), sortOrder: SortOrder };
const ResourceList = { ...Page, sortBy: maybe(v.picklist(['NAME', 'TIMECREATED'])), lifecycleState: State };
const NamedList = { id: maybe(text(255)), name: maybe(text(255)), ...ResourceList };
const KafkaSettings = maybe(
  v.object({
    bootstrapServers: maybe(text(255)),
    autoCreateTopicsEnable: maybe(v.boolean()),
    // Ranges are (unconfirmed): those of a stream.
    logRetentionHours: maybe(integer(24, 168)),
    numPartitions: maybe(integer(1, 1_000_000)),
  }),
);
const EncryptionKey = maybe(v.object({ kmsKeyId: text(255) }));

/** Clients drop a body that is `{}`: where every field may be left out, so may the body. */
function allOptional<const E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.unknown(),
    v.transform((given) => (given === undefined ? {} : given)),
    v.object(entries),
  );
}

/** What each operation takes, one row an operation. A part that a row does not name is not looked at. */
export const validations = {
  CreateStream: {
    body: shape(
      'body',
      v.object({
        name: text(255),
        // The service's bound is what the tenancy may have; this one keeps a slip from filling the memory.
        partitions: integer(1, 10_000),
        compartmentId: maybe(text(255)),
        streamPoolId: maybe(text(255)),
        retentionInHours: maybe(integer(24, 168)),
        ...Tags,
      }),
    ),
  },
  GetStream: {},
  ListStreams: {
    query: shape(
      'query',
      v.object({
        compartmentId: maybe(text(255)),
        streamPoolId: maybe(text(255)),
        ...NamedList,
      }),
    ),
  },
  UpdateStream: { body: shape('body', allOptional({ streamPoolId: maybe(text(255)), ...Tags })) },
  DeleteStream: {},
  ChangeStreamCompartment: { body: CompartmentChange },

  CreateStreamPool: {
    body: shape(
      'body',
      v.object({
        compartmentId: text(255),
        name: text(255),
        kafkaSettings: KafkaSettings,
        customEncryptionKeyDetails: EncryptionKey,
        privateEndpointDetails: maybe(
          v.object({
            subnetId: maybe(text(255)),
            privateEndpointIp: maybe(v.pipe(v.string(), v.ipv4())),
            nsgIds: maybe(v.pipe(v.array(text(255)), v.maxLength(5))),
          }),
        ),
        securityAttributes: SecurityAttributes,
        ...Tags,
      }),
    ),
  },
  GetStreamPool: {},
  ListStreamPools: { query: shape('query', v.object({ compartmentId: text(255), ...NamedList })) },
  UpdateStreamPool: {
    body: shape(
      'body',
      allOptional({
        name: maybe(text(255)),
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
    body: shape('body', v.object({ compartmentId: text(255), name: text(255), ...Tags })),
  },
  GetConnectHarness: {},
  ListConnectHarnesses: { query: shape('query', v.object({ compartmentId: text(255), ...NamedList })) },
  UpdateConnectHarness: { body: shape('body', allOptional(Tags)) },
  DeleteConnectHarness: {},
  ChangeConnectHarnessCompartment: { body: CompartmentChange },

  GetWorkRequest: {},
  ListWorkRequests: {
    query: shape(
      'query',
      v.object({
        compartmentId: maybe(text(255)),
        workRequestId: maybe(text(255)),
        resourceId: maybe(text(255)),
        ...Page,
        sortBy: maybe(v.literal('TIMEACCEPTED')),
      }),
    ),
  },
  ListWorkRequestErrors: { query: shape('query', v.object(Page)) },
  ListWorkRequestLogs: { query: shape('query', v.object(Page)) },

  PutMessages: { body: putDetails },
  GetMessages: {
    query: shape('query', v.object({ ...Cursor.entries, limit: maybe(integerText(1, 10_000)) })),
  },
  CreateCursor: {
    body: shape(
      'body',
      v.object({
        partition: text(16),
        type: v.picklist(['AFTER_OFFSET', 'AT_OFFSET', 'AT_TIME', 'LATEST', 'TRIM_HORIZON']),
        offset: maybe(integer(0, Number.MAX_SAFE_INTEGER)),
        time: maybe(Time),
      }),
    ),
  },
  CreateGroupCursor: {
    body: shape(
      'body',
      v.object({
        type: v.picklist(['AT_TIME', 'LATEST', 'TRIM_HORIZON']),
        time: maybe(Time),
        groupName: text(255),
        instanceName: maybe(text(255)),
        // Its least value is (unconfirmed); 1000 was accepted.
        timeoutInMs: maybe(integer(1, 24 * 3_600_000)),
        commitOnGet: maybe(v.boolean()),
      }),
    ),
  },
  ConsumerCommit: { query: shape('query', Cursor) },
  ConsumerHeartbeat: { query: shape('query', Cursor) },
  GetGroup: {},
  UpdateGroup: {
    body: shape(
      'body',
      allOptional({ type: maybe(v.picklist(['AT_TIME', 'LATEST', 'TRIM_HORIZON'])), time: maybe(Time) }),
    ),
  },
} satisfies Record<string, { readonly query?: Check<unknown>; readonly body?: Check<unknown> }>;

type Validations = typeof validations;
export type OperationName = keyof Validations;
export type QueryOf<N extends OperationName> = Validations[N] extends { query: Check<infer Q> }
  ? Q
  : undefined;
export type BodyOf<N extends OperationName> = Validations[N] extends { body: Check<infer B> } ? B : undefined;
