package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// A serverError is what a server says of an error, in one of the forms that are
// in use.
type serverError struct{ message, code, kind, param string }

// readServerError reads the body of an error: JSON with the error as an object
// or a text, JSON of another form, or text.
func readServerError(body []byte) serverError {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	body = bytes.TrimSpace(body)
	if json.Unmarshal(body, &outer) != nil {
		if bytes.HasPrefix(body, []byte("<")) {
			return serverError{} // a web page tells nothing
		}
		return serverError{message: string(body)}
	}
	for _, field := range []json.RawMessage{outer.Error, outer.Message, outer.Detail} {
		if len(field) > 0 && string(field) != "null" {
			return errorFields(field)
		}
	}
	return serverError{message: string(body)}
}

// errorFields reads an error that is an object, a text or something else.
func errorFields(data json.RawMessage) serverError {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return serverError{message: s}
	}
	var o struct {
		Message json.RawMessage `json:"message"`
		Code    json.RawMessage `json:"code"`
		Type    json.RawMessage `json:"type"`
		Param   json.RawMessage `json:"param"`
	}
	if json.Unmarshal(data, &o) != nil || len(o.Message) == 0 {
		return serverError{message: string(data)}
	}
	return serverError{message: plain(o.Message), code: plain(o.Code), kind: plain(o.Type), param: plain(o.Param)}
}

// plain returns a JSON string's text, any other value as it is, null as "".
func plain(data json.RawMessage) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	return string(data)
}

// status returns the HTTP status that an error in a stream names as its code;
// one that names none is the server's fault.
func (e serverError) status() int {
	if n, err := strconv.Atoi(e.code); err == nil && n >= 400 && n < 600 {
		return n
	}
	switch {
	case e.code == "rate_limit_exceeded":
		return http.StatusTooManyRequests
	case e.isTooLong(), e.kind == "invalid_request_error":
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}
