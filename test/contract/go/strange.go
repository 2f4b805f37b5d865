package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// The last answer as it came, beside what the SDK made of it.
var lastBody []byte

type keeping struct{ common.HTTPRequestDispatcher }

func (k keeping) Do(request *http.Request) (*http.Response, error) {
	response, err := k.HTTPRequestDispatcher.Do(request)
	if err == nil {
		lastBody = must(io.ReadAll(response.Body))
		response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(lastBody))
	}
	return response, err
}

// Where the last answer is not as the SDK's models have it: a field or a value that they do not know, or nothing where
// they say mandatory. The SDK itself does not mind.
func strange(body any) (found []string) {
	if body == nil {
		return nil
	}
	strict := json.NewDecoder(bytes.NewReader(lastBody))
	strict.DisallowUnknownFields()
	if err := strict.Decode(reflect.New(reflect.TypeOf(body)).Interface()); err != nil {
		found = append(found, fmt.Sprintf("%v: %v", typeOf(body), err))
	}
	return append(found, strangeIn(reflect.ValueOf(body))...)
}

func strangeIn(value reflect.Value) (found []string) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			return strangeIn(value.Elem())
		}
	case reflect.Slice:
		for index := range value.Len() {
			found = append(found, strangeIn(value.Index(index))...)
		}
	case reflect.Struct:
		model, ok := value.Interface().(interface{ ValidateEnumValue() (bool, error) })
		if !ok {
			return nil
		}
		if _, err := model.ValidateEnumValue(); err != nil {
			found = append(found, err.Error())
		}
		for field, within := range value.Fields() {
			if field.Tag.Get("mandatory") == "true" && within.IsZero() {
				found = append(found, fmt.Sprintf("%s.%s is absent", value.Type().Name(), field.Name))
			}
			found = append(found, strangeIn(within)...)
		}
	}
	return found
}
