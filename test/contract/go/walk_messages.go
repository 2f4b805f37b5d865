package main

import (
	"strings"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/streaming"
)

// Messages, cursors and consumer groups.

var noCursor = common.String("bm90LWEtY3Vyc29y")

// A message; without a key where that is empty.
func entry(key, value string) streaming.PutMessagesDetailsEntry {
	if key == "" {
		return streaming.PutMessagesDetailsEntry{Value: []byte(value)}
	}
	return streaming.PutMessagesDetailsEntry{Key: []byte(key), Value: []byte(value)}
}

func putOf(streamID *string, entries ...streaming.PutMessagesDetailsEntry) streaming.PutMessagesRequest {
	return streaming.PutMessagesRequest{
		StreamId:           streamID,
		PutMessagesDetails: streaming.PutMessagesDetails{Messages: entries},
	}
}

func (w *world) walkMessages(streamID *string) {
	put := putOf(streamID, entry("ana", "1"), entry("", "2"), entry("ana", "3"))
	stored := see("put messages", w.data.PutMessages, put).Entries
	cursor := func(step string, at streaming.CreateCursorDetails) *string {
		at.Partition = stored[0].Partition
		request := streaming.CreateCursorRequest{StreamId: streamID, CreateCursorDetails: at}
		return see(step, w.data.CreateCursor, request).Value
	}
	read := func(step string, from *string, limit *int) *string {
		request := streaming.GetMessagesRequest{StreamId: streamID, Cursor: from, Limit: limit}
		return see(step, w.data.GetMessages, request).OpcNextCursor
	}
	one := common.Int(1)

	oldest := streaming.CreateCursorDetails{Type: streaming.CreateCursorDetailsTypeTrimHorizon}
	second := read("read one message", cursor("a cursor at the oldest", oldest), one)
	third := read("read on", second, nil)
	read("read what is not there yet", third, nil)
	w.advance(1)
	at := streaming.CreateCursorDetails{Type: streaming.CreateCursorDetailsTypeAtOffset, Offset: stored[0].Offset}
	read("read from an offset", cursor("a cursor at an offset", at), one)
	after := streaming.CreateCursorDetails{Type: streaming.CreateCursorDetailsTypeAfterOffset, Offset: stored[0].Offset}
	read("read after an offset", cursor("a cursor after an offset", after), nil)
	begin := &common.SDKTime{Time: time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)}
	since := streaming.CreateCursorDetails{Type: streaming.CreateCursorDetailsTypeAtTime, Time: begin}
	read("read from a time", cursor("a cursor at a time", since), nil)
	end := streaming.CreateCursorDetails{Type: streaming.CreateCursorDetailsTypeLatest}
	latest := cursor("a cursor at the end", end)
	read("read from the end", latest, nil)
	at.Offset = common.Int64(*stored[2].Offset + 1000)
	cursor("a cursor at no offset", at)
	w.advance(5*60 + 1)
	read("read with an expired cursor", latest, nil)
	read("read with a cursor that is none", noCursor, nil)
}

func (w *world) walkSizes(streamID *string) {
	put := func(step string, entries ...streaming.PutMessagesDetailsEntry) {
		see(step, w.data.PutMessages, putOf(streamID, entries...))
	}
	const mebibyte = 1024 * 1024
	put("put 1 MiB", entry("", strings.Repeat("x", mebibyte)))
	put("put more than 1 MiB", entry("", strings.Repeat("x", mebibyte+1)))
	put("put a key of 257 bytes", entry(strings.Repeat("k", 257), "x"))
	w.advance(5)
	put("put more than a partition takes",
		entry("busy", strings.Repeat("x", 600_000)),
		entry("busy", strings.Repeat("x", 400_000)),
		entry("busy", "late"))
	w.advance(5)
}

func (w *world) walkGroups(streamID *string) {
	cursor := func(step, instance string) *string {
		return w.groupCursor(step, streamID, streaming.CreateGroupCursorDetails{
			Type:         streaming.CreateGroupCursorDetailsTypeTrimHorizon,
			GroupName:    common.String("readers"),
			InstanceName: &instance,
			TimeoutInMs:  common.Int(30_000),
			CommitOnGet:  common.Bool(false),
		})
	}
	readOne := func(step string, from *string) *string { return w.readOne(step, streamID, from) }
	get := streaming.GetGroupRequest{StreamId: streamID, GroupName: common.String("readers")}

	two := putOf(streamID, entry("ana", "for the group"), entry("ana", "for the group too"))
	see("put two for the group", w.data.PutMessages, two)
	delivered := readOne("read in a group", cursor("a group's cursor", "one"))
	see("get the group before a commit", w.data.GetGroup, get)
	heartbeat := streaming.ConsumerHeartbeatRequest{StreamId: streamID, Cursor: delivered}
	alive := see("heartbeat", w.data.ConsumerHeartbeat, heartbeat).Value
	commit := streaming.ConsumerCommitRequest{StreamId: streamID, Cursor: alive}
	committed := see("commit", w.data.ConsumerCommit, commit).Value
	see("get the group after the commit", w.data.GetGroup, get)
	readOne("read on in the group", committed)
	nobody := streaming.GetGroupRequest{StreamId: streamID, GroupName: common.String("nobody")}
	see("get a group that is none", w.data.GetGroup, nobody)
	heartbeat.Cursor = noCursor
	see("heartbeat with a cursor that is none", w.data.ConsumerHeartbeat, heartbeat)

	see("take the group back", w.data.UpdateGroup, streaming.UpdateGroupRequest{
		StreamId:           streamID,
		GroupName:          get.GroupName,
		UpdateGroupDetails: streaming.UpdateGroupDetails{Type: streaming.UpdateGroupDetailsTypeTrimHorizon},
	})
	see("get the group that was taken back", w.data.GetGroup, get)
	commit.Cursor = readOne("read again", committed)
	w.advance(31)
	readOne("read as another instance", cursor("another's cursor", "two"))
	see("commit what was lost", w.data.ConsumerCommit, commit)
	w.walkPlainGroup(streamID)
}

// A group with nothing said that need not be said.
func (w *world) walkPlainGroup(streamID *string) {
	get := streaming.GetGroupRequest{StreamId: streamID, GroupName: common.String("plain")}
	first := w.groupCursor("a plain group's cursor", streamID, streaming.CreateGroupCursorDetails{
		Type:      streaming.CreateGroupCursorDetailsTypeTrimHorizon,
		GroupName: get.GroupName,
	})
	following := w.readOne("read in the plain group", streamID, first)
	see("get the plain group", w.data.GetGroup, get)
	w.readOne("read on in the plain group", streamID, following)
	see("get the plain group after the next read", w.data.GetGroup, get)
}

func (w *world) groupCursor(step string, streamID *string, details streaming.CreateGroupCursorDetails) *string {
	request := streaming.CreateGroupCursorRequest{StreamId: streamID, CreateGroupCursorDetails: details}
	return see(step, w.data.CreateGroupCursor, request).Value
}

func (w *world) readOne(step string, streamID, from *string) *string {
	request := streaming.GetMessagesRequest{StreamId: streamID, Cursor: from, Limit: common.Int(1)}
	return see(step, w.data.GetMessages, request).OpcNextCursor
}
