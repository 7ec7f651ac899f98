package command_test

import (
	"testing"

	"aistore/cmd/ais/command"
	"aistore/internal/check"
)

func TestPrintable(t *testing.T) {
	for source, want := range map[string]string{
		"plain ü/ñ":   "plain ü/ñ",
		"a\nb":        `a\x0ab`,
		"\x1b[31mred": `\x1b[31mred`,
		"bad\xffutf8": `bad\xffutf8`,
	} {
		check.Equal(t, command.PrintableForTest(source), want)
	}
}
