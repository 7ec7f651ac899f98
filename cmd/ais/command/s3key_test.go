package command_test

import (
	"regexp"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
	"aistore/internal/transcript"
)

// TestS3KeysOnACluster runs a transcript against a real node.
func TestS3KeysOnACluster(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{All: 1})
	s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": c.URL()}}
	created := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	transcript.Run(t, "testdata/nodes/s3keys.txt", func(name string, words []string) string {
		return created.ReplaceAllString(s.do(name, words), "TIME")
	})
	out := s.run(t.Context(), "auth", "s3-key", "create")
	check.Equal(t, regexp.MustCompile(`^access key  AKIA[A-Z2-7]{16}\nsecret key  [A-Za-z0-9_-]{40}\n`).MatchString(out), true)
}
