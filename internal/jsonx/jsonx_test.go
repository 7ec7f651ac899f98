package jsonx_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aistore/internal/check"
	"aistore/internal/jsonx"
)

type inner struct {
	Number int64 `json:"number,string"`
	Omit   []int `json:"omit,omitempty"`
}

type outer struct {
	inner
	Text    string            `json:"text"`
	Map     map[string]any    `json:"map"`
	Pointer *inner            `json:"pointer"`
	Bytes   []byte            `json:"bytes"`
	Raw     jsonx.RawMessage  `json:"raw"`
	Time    time.Time         `json:"time"`
	Labels  map[int]string    `json:"labels"`
	Float   float64           `json:"float"`
	Any     any               `json:"any"`
	Plain   map[string]string `json:"plain,omitempty"`
}

func sample() outer {
	return outer{
		inner: inner{Number: 1 << 60}, Text: "a<b>&\u2028\"\x01é", Map: map[string]any{"z": 1.5, "a": nil, "m": []any{true}},
		Pointer: &inner{Number: -1, Omit: []int{1}}, Bytes: []byte{0, 255}, Raw: jsonx.RawMessage(`{"kept":1}`),
		Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Labels: map[int]string{2: "b", 1: "a"}, Float: 1e21, Any: "x",
	}
}

func TestResultsAreThoseOfTheStandardLibrary(t *testing.T) {
	for _, value := range []any{sample(), outer{}, &inner{}, nil, []string(nil), map[string]int{}, "text", 1.0} {
		want, err := json.Marshal(value)
		check.NoError(t, err)
		got, err := jsonx.Marshal(value)
		check.NoError(t, err)
		check.Equal(t, string(got), string(want))
	}
}

func TestUnmarshalReadsWhatTheStandardLibraryReads(t *testing.T) {
	data, err := json.Marshal(sample())
	check.NoError(t, err)
	var got, want outer
	check.NoError(t, json.Unmarshal(data, &want))
	check.NoError(t, jsonx.Unmarshal(data, &got))
	a, err := json.Marshal(got)
	check.NoError(t, err)
	b, err := json.Marshal(want)
	check.NoError(t, err)
	check.Equal(t, string(a), string(b))
}

func TestUnmarshalRefusesWhatIsNoValue(t *testing.T) {
	for _, text := range []string{``, `{`, `{}x`, `{"number":1}x`, `[1,]`, `{"text":1}`} {
		var v outer
		if err := jsonx.Unmarshal([]byte(text), &v); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestStreams(t *testing.T) {
	var out bytes.Buffer
	encoder := jsonx.NewEncoder(&out)
	check.NoError(t, encoder.Encode(map[string]int{"b": 2, "a": 1}))
	check.NoError(t, encoder.Encode("x"))
	check.Equal(t, out.String(), "{\"a\":1,\"b\":2}\n\"x\"\n")

	decoder := jsonx.NewDecoder(strings.NewReader(out.String()))
	var m map[string]int
	check.NoError(t, decoder.Decode(&m))
	check.Equal(t, m, map[string]int{"a": 1, "b": 2})

	indented, err := jsonx.MarshalIndent(map[string]int{"a": 1}, "", "  ")
	check.NoError(t, err)
	check.Equal(t, string(indented), "{\n  \"a\": 1\n}")
}
