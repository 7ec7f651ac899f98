package config_test

import (
	"testing"

	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

func TestDefaultIsValidAndReadsBack(t *testing.T) {
	want := config.DefaultFile()
	check.NoError(t, want.Cluster.Validate())
	text, err := jsonx.MarshalIndent(want, "", "  ")
	check.NoError(t, err)
	got, err := config.Parse(text)
	check.NoError(t, err)
	check.Equal(t, got, want)
}
