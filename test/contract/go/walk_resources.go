package main

import (
	"context"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/streaming"
)

// Pools, connect harnesses, streams and their work requests.

var (
	made    = map[string]string{"made": "here"}
	changed = map[string]string{"changed": "here"}
)

func (w *world) walkPools() (poolID *string) {
	details := streaming.CreateStreamPoolDetails{
		CompartmentId: &w.given.CompartmentID,
		Name:          common.String("orders-pool"),
		KafkaSettings: &streaming.KafkaSettings{
			AutoCreateTopicsEnable: common.Bool(true),
			LogRetentionHours:      common.Int(48),
			NumPartitions:          common.Int(2),
		},
		FreeformTags: made,
	}
	create := streaming.CreateStreamPoolRequest{CreateStreamPoolDetails: details, OpcRetryToken: common.String("once")}
	poolID = see("make a pool", w.admin.CreateStreamPool, create).Id
	see("make the pool again with its token", w.admin.CreateStreamPool, create)
	create.Name = common.String("another-pool")
	see("make another pool with that token", w.admin.CreateStreamPool, create)
	w.advance(1)
	get := streaming.GetStreamPoolRequest{StreamPoolId: poolID}
	change := streaming.UpdateStreamPoolRequest{
		StreamPoolId: poolID,
		UpdateStreamPoolDetails: streaming.UpdateStreamPoolDetails{
			KafkaSettings: &streaming.KafkaSettings{NumPartitions: common.Int(3)},
			FreeformTags:  changed,
		},
		IfMatch: see("get the pool", w.admin.GetStreamPool, get).Etag,
	}
	see("change the pool with its etag", w.admin.UpdateStreamPool, change)
	see("change the pool with the old etag", w.admin.UpdateStreamPool, change)
	w.walkPrivatePool()
	return poolID
}

func (w *world) walkPrivatePool() {
	create := streaming.CreateStreamPoolRequest{CreateStreamPoolDetails: streaming.CreateStreamPoolDetails{
		CompartmentId: &w.given.CompartmentID,
		Name:          common.String("private-pool"),
		PrivateEndpointDetails: &streaming.PrivateEndpointDetails{
			SubnetId:          common.String("ocid1.subnet.oc1..aaaa"),
			PrivateEndpointIp: common.String("10.0.0.7"),
			NsgIds:            []string{"ocid1.nsg.oc1..aaaa"},
		},
		CustomEncryptionKeyDetails: &streaming.CustomEncryptionKeyDetails{
			KmsKeyId: common.String("ocid1.key.oc1..aaaa"),
		},
		SecurityAttributes: map[string]map[string]any{
			"zpr": {"tier": map[string]string{"value": "inner", "mode": "enforce"}},
		},
		DefinedTags: map[string]map[string]any{"ops": {"cost": "42"}},
	}}
	poolID := see("make a private pool", w.admin.CreateStreamPool, create).Id
	w.advance(1)
	get := streaming.GetStreamPoolRequest{StreamPoolId: poolID}
	see("get the private pool", w.admin.GetStreamPool, get)
	list := streaming.ListStreamPoolsRequest{
		CompartmentId: &w.given.CompartmentID,
		Limit:         common.Int(1),
		SortBy:        streaming.ListStreamPoolsSortByName,
	}
	list.Page = see("list the pools", w.admin.ListStreamPools, list).OpcNextPage
	see("list the next pools", w.admin.ListStreamPools, list)
	see("move the private pool", w.admin.ChangeStreamPoolCompartment, streaming.ChangeStreamPoolCompartmentRequest{
		StreamPoolId: poolID,
		ChangeStreamPoolCompartmentDetails: streaming.ChangeStreamPoolCompartmentDetails{
			CompartmentId: &w.given.OtherCompartmentID,
		},
	})
	see("get the moved pool", w.admin.GetStreamPool, get)
	see("delete the private pool", w.admin.DeleteStreamPool, streaming.DeleteStreamPoolRequest{StreamPoolId: poolID})
	see("get the deleted pool", w.admin.GetStreamPool, get)
}

func (w *world) walkHarnesses() {
	harnessID := see("make a harness", w.admin.CreateConnectHarness, streaming.CreateConnectHarnessRequest{
		CreateConnectHarnessDetails: streaming.CreateConnectHarnessDetails{
			CompartmentId: &w.given.CompartmentID,
			Name:          common.String("sink"),
			FreeformTags:  made,
		},
	}).Id
	w.advance(1)
	get := streaming.GetConnectHarnessRequest{ConnectHarnessId: harnessID}
	see("get the harness", w.admin.GetConnectHarness, get)
	see("list the harnesses", w.admin.ListConnectHarnesses, streaming.ListConnectHarnessesRequest{
		CompartmentId:  &w.given.CompartmentID,
		Name:           common.String("sink"),
		LifecycleState: streaming.ConnectHarnessSummaryLifecycleStateActive,
	})
	see("change the harness", w.admin.UpdateConnectHarness, streaming.UpdateConnectHarnessRequest{
		ConnectHarnessId:            harnessID,
		UpdateConnectHarnessDetails: streaming.UpdateConnectHarnessDetails{FreeformTags: changed},
	})
	see("move the harness", w.admin.ChangeConnectHarnessCompartment, streaming.ChangeConnectHarnessCompartmentRequest{
		ConnectHarnessId: harnessID,
		ChangeConnectHarnessCompartmentDetails: streaming.ChangeConnectHarnessCompartmentDetails{
			CompartmentId: &w.given.OtherCompartmentID,
		},
	})
	see("get the moved harness", w.admin.GetConnectHarness, get)
	remove := streaming.DeleteConnectHarnessRequest{ConnectHarnessId: harnessID}
	see("delete the harness", w.admin.DeleteConnectHarness, remove)
	see("get the deleted harness", w.admin.GetConnectHarness, get)
}

func (w *world) walkStreams(poolID *string) (streamID, workRequestID *string) {
	create := func(step, name string, partitions int) streaming.CreateStreamResponse {
		return see(step, w.admin.CreateStream, streaming.CreateStreamRequest{
			CreateStreamDetails: streaming.CreateStreamDetails{
				Name:             &name,
				Partitions:       &partitions,
				StreamPoolId:     poolID,
				RetentionInHours: common.Int(48),
				FreeformTags:     made,
			},
		})
	}
	stream := create("make a stream", "orders", 2)
	remove := streaming.DeleteStreamRequest{StreamId: stream.Id}
	see("delete the stream too soon", w.admin.DeleteStream, remove)
	create("make the stream twice", "orders", 1)
	w.advance(1)
	get := streaming.GetStreamRequest{StreamId: stream.Id}
	w.waitUntilActive(get)
	change := streaming.UpdateStreamRequest{
		StreamId:            stream.Id,
		UpdateStreamDetails: streaming.UpdateStreamDetails{FreeformTags: changed},
		IfMatch:             see("get the stream", w.admin.GetStream, get).Etag,
	}
	see("change the stream with its etag", w.admin.UpdateStream, change)
	see("change the stream with the old etag", w.admin.UpdateStream, change)

	second := create("make a second stream", "payments", 1).Id
	third := create("make a third stream", "returns", 1).Id
	w.advance(1)
	w.listStreams(poolID)
	see("move the third stream", w.admin.ChangeStreamCompartment, streaming.ChangeStreamCompartmentRequest{
		StreamId: third,
		ChangeStreamCompartmentDetails: streaming.ChangeStreamCompartmentDetails{
			CompartmentId: &w.given.OtherCompartmentID,
		},
	})
	see("get the moved stream", w.admin.GetStream, streaming.GetStreamRequest{StreamId: third})
	removePool := streaming.DeleteStreamPoolRequest{StreamPoolId: poolID}
	see("delete the pool with its streams", w.admin.DeleteStreamPool, removePool)
	see("delete the second stream", w.admin.DeleteStream, streaming.DeleteStreamRequest{StreamId: second})
	see("get the deleted stream", w.admin.GetStream, streaming.GetStreamRequest{StreamId: second})
	return stream.Id, stream.OpcWorkRequestId
}

// This SDK has no waiters: to wait is a policy of retries.
func (w *world) waitUntilActive(get streaming.GetStreamRequest) {
	notYet := func(answer common.OCIOperationResponse) bool {
		got, ok := answer.Response.(streaming.GetStreamResponse)
		return ok && got.LifecycleState == streaming.StreamLifecycleStateCreating
	}
	pause := func(common.OCIOperationResponse) time.Duration { return time.Second }
	policy := common.NewRetryPolicy(5, notYet, pause)
	get.RequestMetadata.RetryPolicy = &policy
	must(w.admin.GetStream(context.Background(), get))
}

func (w *world) listStreams(poolID *string) {
	two := streaming.ListStreamsRequest{
		StreamPoolId: poolID,
		Limit:        common.Int(2),
		SortBy:       streaming.ListStreamsSortByName,
	}
	two.Page = see("list two streams", w.admin.ListStreams, two).OpcNextPage
	see("list the other", w.admin.ListStreams, two)
	see("list by name", w.admin.ListStreams, streaming.ListStreamsRequest{
		CompartmentId:  &w.given.CompartmentID,
		Name:           common.String("payments"),
		LifecycleState: streaming.StreamLifecycleStateActive,
	})
	see("list everything", w.admin.ListStreams, streaming.ListStreamsRequest{})
}

func (w *world) walkWorkRequests(streamID, workRequestID *string) {
	get := streaming.GetWorkRequestRequest{WorkRequestId: workRequestID}
	see("get the work request", w.admin.GetWorkRequest, get)
	see("list the work requests", w.admin.ListWorkRequests, streaming.ListWorkRequestsRequest{
		CompartmentId: &w.given.CompartmentID,
		ResourceId:    streamID,
	})
	logs := streaming.ListWorkRequestLogsRequest{WorkRequestId: workRequestID}
	see("list the logs", w.admin.ListWorkRequestLogs, logs)
	errors := streaming.ListWorkRequestErrorsRequest{WorkRequestId: workRequestID}
	see("list the errors", w.admin.ListWorkRequestErrors, errors)

	w.fault(map[string]any{"operation": "CreateStream", "creationEnds": "failed", "count": 1})
	failing := see("make a stream that fails", w.admin.CreateStream, streaming.CreateStreamRequest{
		CreateStreamDetails: streaming.CreateStreamDetails{
			Name:          common.String("ill-fated"),
			Partitions:    common.Int(1),
			CompartmentId: &w.given.CompartmentID,
		},
	})
	w.advance(1)
	get.WorkRequestId = failing.OpcWorkRequestId
	see("get the failed work request", w.admin.GetWorkRequest, get)
	errors.WorkRequestId = failing.OpcWorkRequestId
	see("list the errors of the failed one", w.admin.ListWorkRequestErrors, errors)
}
