package main

import (
	"context"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/streaming"
)

// Whom the emulator refuses, and when it has had enough.
func (w *world) walkRefusals(streamID *string) {
	get := streaming.GetStreamRequest{StreamId: streamID}
	see("call with another key", w.adminOf("FORGER").GetStream, get)
	see("call with an unknown key", w.adminOf("STRANGER").GetStream, get)
	w.fault(map[string]any{"operation": "GetStream", "clockSkewMs": 600_000, "count": 1})
	see("call with a clock that is wrong", w.admin.GetStream, get)

	put := putOf(streamID, entry("", "x"))
	see("read as a reader", w.adminOf("READER").GetStream, get)
	see("put as a reader", w.dataOf("READER").PutMessages, put)
	see("put with another key", w.dataOf("FORGER").PutMessages, put)
	unknown := &w.given.UnknownStreamID
	see("get what is not there", w.admin.GetStream, streaming.GetStreamRequest{StreamId: unknown})
	see("put to what is not there", w.data.PutMessages, putOf(unknown, entry("", "x")))
	w.fault(map[string]any{"status": 503, "count": 1})
	see("call while the service is away", w.admin.GetStream, get)

	cursor := must(w.data.CreateCursor(context.Background(), streaming.CreateCursorRequest{
		StreamId: streamID,
		CreateCursorDetails: streaming.CreateCursorDetails{
			Partition: common.String("0"),
			Type:      streaming.CreateCursorDetailsTypeTrimHorizon,
		},
	})).Value
	read := streaming.GetMessagesRequest{StreamId: streamID, Cursor: cursor, Limit: common.Int(1)}
	w.advance(5)
	for range 5 {
		must(w.data.GetMessages(context.Background(), read))
	}
	see("read a sixth time in a second", w.data.GetMessages, read)
}
