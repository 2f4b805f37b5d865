package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/streaming"
)

// The emulator, as the test describes it, and clients for it.
type world struct {
	given struct{ Endpoint, Region, Control, ConfigFile, CompartmentID, OtherCompartmentID, UnknownStreamID string }
	admin streaming.StreamAdminClient
	data  streaming.StreamClient
}

func newWorld(given []byte) *world {
	w := &world{}
	if err := json.Unmarshal(given, &w.given); err != nil {
		panic(err)
	}
	w.admin = w.adminOf("DEFAULT")
	w.data = w.dataOf("DEFAULT")
	return w
}

func (w *world) adminOf(profile string) streaming.StreamAdminClient {
	client := must(streaming.NewStreamAdminClientWithConfigurationProvider(w.signer(profile)))
	client.Host = w.given.Endpoint
	client.HTTPClient = keeping{client.HTTPClient}
	client.Configuration.RetryPolicy = &once
	return client
}

func (w *world) dataOf(profile string) streaming.StreamClient {
	client := must(streaming.NewStreamClientWithConfigurationProvider(w.signer(profile), w.given.Endpoint))
	client.HTTPClient = keeping{client.HTTPClient}
	client.Configuration.RetryPolicy = &once
	return client
}

// One attempt a call: what is refused is to be seen, not tried again.
var once = common.NoRetryPolicy()

func (w *world) signer(profile string) common.ConfigurationProvider {
	return must(common.ConfigurationProviderFromFileWithProfile(w.given.ConfigFile, profile, ""))
}

// Moves the emulator's clock.
func (w *world) advance(seconds int) {
	w.control(http.MethodPut, "/clock", map[string]any{"advanceMs": seconds * 1000})
}

func (w *world) fault(rule map[string]any) {
	w.control(http.MethodPost, "/faults/"+w.given.Region, rule)
}

func (w *world) control(method, path string, body map[string]any) {
	request := must(http.NewRequest(method, w.given.Control+path, bytes.NewReader(must(json.Marshal(body)))))
	response := must(http.DefaultClient.Do(request))
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		panic(fmt.Sprintf("%s %s: %s", method, path, response.Status))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
