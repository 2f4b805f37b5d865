package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// What the Go SDK sees of the emulator: one line of JSON for each call, on stdout.
var out = json.NewEncoder(os.Stdout)

type line map[string]any

func tell(l line) {
	if err := out.Encode(l); err != nil {
		panic(err)
	}
}

// Every operation that the clients have.
func has(clients ...any) {
	names := []string{}
	for _, client := range clients {
		for method := range reflect.TypeOf(client).Methods() {
			if of := method.Type; of.NumOut() > 0 && of.Out(0).Implements(reflect.TypeFor[common.OCIResponse]()) {
				names = append(names, method.Name)
			}
		}
	}
	tell(line{"has": names})
}

// Calls, tells what came back, and returns it; of a refusal it tells the error.
func see[Q any, R common.OCIResponse](step string, call func(context.Context, Q) (R, error), request Q) R {
	response, err := call(context.Background(), request)
	if err == nil {
		headers, body := parts(response)
		tell(line{
			"step":    step,
			"status":  response.HTTPResponse().StatusCode,
			"headers": headers,
			"type":    typeOf(body),
			"body":    body,
			"strange": strange(body),
		})
		return response
	}
	refusal, ok := common.IsServiceError(err)
	if !ok {
		panic(fmt.Errorf("%s: %w", step, err))
	}
	tell(line{"step": step, "error": line{
		"type":      fmt.Sprintf("%T", err),
		"status":    refusal.GetHTTPStatusCode(),
		"code":      refusal.GetCode(),
		"message":   refusal.GetMessage(),
		"requestId": refusal.GetOpcRequestID(),
	}})
	return response
}

// A response has its headers as fields, and one more for its body, of which json makes what is on the wire.
func parts(response common.OCIResponse) (headers map[string]string, body any) {
	headers = map[string]string{}
	for field, value := range reflect.ValueOf(response).Fields() {
		switch field.Tag.Get("presentIn") {
		case "header":
			if text, ok := value.Interface().(*string); ok && text != nil {
				headers[field.Tag.Get("name")] = *text
			}
		case "body":
			body = value.Interface()
		}
	}
	return headers, body
}

func typeOf(body any) any {
	if body == nil {
		return nil
	}
	if of := reflect.TypeOf(body); of.Kind() != reflect.Slice {
		return of.Name()
	}
	return "list[" + reflect.TypeOf(body).Elem().Name() + "]"
}
