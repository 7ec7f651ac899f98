package units_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

func TestParseSize(t *testing.T) {
	good := map[string]units.Size{
		"0": 0, "4096": 4096, "4096b": 4096, "64MiB": 64 * units.MiB, "64mb": 64 * units.MiB, "64M": 64 * units.MiB,
		"1.5g": 3 * units.GiB / 2, "1.5 GiB": 3 * units.GiB / 2, " 2 KiB ": 2048, ".5k": 512, "-1": -1, "-2k": -2048,
		"7EiB": 7 * units.EiB, "9223372036854775807": math.MaxInt64, "1t": units.TiB, "1pb": units.PiB, "+3": 3, "0.1": 0,
	}
	for text, want := range good {
		got, err := units.ParseSize(text)
		if err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "k", "8EiB", "9223372036854775808", "1e3", "0x10", "1.5.5k", "NaN", "inf", "1 zib", "1k1", "--1", "1_000", "12MiBs", "1.e3k"} {
		got, err := units.ParseSize(text)
		if err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
			continue
		}
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestSizeReadsAsWritten(t *testing.T) {
	for size, want := range map[units.Size]string{
		0: "0B", 1: "1B", 1000: "1000B", 1024: "1KiB", 1025: "1025B", 64 * units.MiB: "64MiB", 3 * units.GiB / 2: "1536MiB",
		-units.KiB: "-1KiB", math.MinInt64: "-8EiB",
	} {
		check.Equal(t, size.String(), want)
	}
	for size, want := range map[units.Size]string{0: "0B", 1023: "1023B", 1536: "1.50KiB", 3 * units.GiB / 2: "1.50GiB", -2048: "-2.00KiB"} {
		check.Equal(t, size.Human(), want)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{
		"10s": "10s", "2m": "2m", "120s": "2m", "1h30m": "1h30m", "60m": "1h", "10h0m0s": "10h", "20m": "20m", "0": "0s",
		"1500ms": "1.5s", "1m0.5s": "1m0.5s", "-2m": "-2m", "100us": "100µs",
	} {
		got, err := units.ParseDuration(text)
		check.NoError(t, err)
		check.Equal(t, got.String(), want)
	}
	for _, text := range []string{"", "m", "1", "1x", "1e3s", "99999999999999999999"} {
		_, err := units.ParseDuration(text)
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.Equal(t, units.Duration(time.Second).Std(), time.Second)
}

type settings struct {
	Size  units.Size                    `json:"size"`
	Time  units.Duration                `json:"time"`
	ByKey map[units.Size]units.Duration `json:"by_key"`
}

func TestJSONIsTextAndTakesNumbers(t *testing.T) {
	value := settings{64 * units.MiB, units.Duration(2 * time.Minute), map[units.Size]units.Duration{units.KiB: 1500}}
	const want = `{"size":"64MiB","time":"2m","by_key":{"1KiB":"1.5µs"}}`
	for name, codec := range map[string]struct {
		marshal   func(any) ([]byte, error)
		unmarshal func([]byte, any) error
	}{"encoding/json": {json.Marshal, json.Unmarshal}, "jsonx": {jsonx.Marshal, jsonx.Unmarshal}} {
		t.Run(name, func(t *testing.T) {
			data, err := codec.marshal(value)
			check.NoError(t, err)
			check.Equal(t, string(data), want)
			var back settings
			check.NoError(t, codec.unmarshal(data, &back))
			check.Equal(t, back, value)
			check.NoError(t, codec.unmarshal([]byte(`{"size":4096,"time":null}`), &back))
			check.Equal(t, back.Size, 4*units.KiB)
			check.Equal(t, back.Time, value.Time)
			check.NoError(t, codec.unmarshal([]byte(`{"time":1000000000}`), &back))
			check.Equal(t, back.Time.Std(), time.Second)
			for _, bad := range []string{`{"size":"x"}`, `{"time":true}`, `{"time":"10"}`, `{"size":1.5e9}`} {
				if err := codec.unmarshal([]byte(bad), &back); err == nil {
					t.Errorf("%s was taken", bad)
				}
			}
		})
	}
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"64MiB", "1.5g", "-1", "", "9223372036854775807", "1e3", ".", "k"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := units.ParseSize(text)
		if err != nil {
			check.ErrorIs(t, err, errs.Invalid)
			return
		}
		again, err := units.ParseSize(size.String())
		if err != nil || again != size {
			t.Errorf("%q is %d, written %q, read %d, %v", text, size, size, again, err)
		}
		_ = size.Human()
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"2m", "1h30m", "0", "10h0m0s", "-1.5us", "1µs"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := units.ParseDuration(text)
		if err != nil {
			check.ErrorIs(t, err, errs.Invalid)
			return
		}
		again, err := units.ParseDuration(d.String())
		if err != nil || again != d {
			t.Errorf("%q is %d, written %q, read %d, %v", text, d, d, again, err)
		}
	})
}
