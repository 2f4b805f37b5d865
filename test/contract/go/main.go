// Walks through every operation of OCI Streaming as a user of the Go SDK. Argument: the emulator, as JSON.
package main

import (
	"os"

	"github.com/oracle/oci-go-sdk/v65/streaming"
)

func main() {
	world := newWorld([]byte(os.Args[1]))
	has(streaming.StreamClient{}, streaming.StreamAdminClient{})
	poolID := world.walkPools()
	world.walkHarnesses()
	streamID, workRequestID := world.walkStreams(poolID)
	world.walkWorkRequests(streamID, workRequestID)
	world.walkMessages(streamID)
	world.walkGroups(streamID)
	world.walkSizes(streamID)
	world.walkRefusals(streamID)
}
